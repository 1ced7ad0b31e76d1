#include "client/capture/capture.h"

#include <string>

namespace tally::client {

namespace {

/// What all kinds share, up to the body.
constexpr std::string_view common = R"(
    "action": {
      "enum": ["capture", "amend", "withdraw"],
      "default": "capture",
      "description": "capture something new, replace an earlier entry, or take one back"
    },
    "amends": {"type": "string", "format": "uuid", "description": "the entry of this device that is replaced or taken back"},
    "reason": {"type": "string", "maxLength": 2000, "description": "why; needed to amend or withdraw"},
    "language": {"type": "string", "maxLength": 35, "description": "language of the words, such as en or ur, by BCP 47"
},
    "about": {
      "type": "object",
      "additionalProperties": false,
      "description": "what it belongs to, by the council's own references",
      "properties": {
        "contract": {"$ref": "#/$defs/reference"},
        "event": {"$ref": "#/$defs/reference"},
        "place": {"$ref": "#/$defs/reference"},
        "theme": {"$ref": "#/$defs/reference"},
        "measure": {"$ref": "#/$defs/reference", "description": "a code of the contract's framework, such as NT86"}
      }
    },)";

constexpr std::string_view ending = R"(
  "allOf": [
    {
      "if": {"properties": {"action": {"enum": ["amend", "withdraw"]}}, "required": ["action"]},
      "then": {"required": ["amends", "reason"]}
    },
    {
      "if": {"properties": {"action": {"const": "withdraw"}}, "required": ["action"]},
      "then": {"properties": {"body": false}},
      "else": {"required": ["body"]}
    }
  ],
  "$defs": {
    "reference": {"type": "string", "pattern": "^[A-Za-z0-9._/-]{1,64}$"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
  }
}
)";

constexpr std::string_view hours_body = R"(
      "required": ["host", "activity", "date", "start", "end", "whose_time", "people", "confirmation"],
      "properties": {
        "host": {"type": "string", "maxLength": 200, "description": "the organisation that was helped"},
        "activity": {"type": "string", "maxLength": 2000, "description": "what was done"},
        "date": {"$ref": "#/$defs/date", "description": "local date of the start"},
        "start": {"$ref": "#/$defs/time"},
        "end": {"$ref": "#/$defs/time"},
        "ends_next_day": {"const": true, "description": "the work ended after midnight"},
        "break_minutes": {"type": "integer", "minimum": 0},
        "whose_time": {"enum": ["supplier_staff", "residents"]},
        "people": {
          "description": "one person by name, or a head count",
          "oneOf": [
            {
              "type": "object",
              "additionalProperties": false,
              "required": ["name"],
              "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 120}}
            },
            {
              "type": "object",
              "additionalProperties": false,
              "minProperties": 1,
              "properties": {
                "adults": {"type": "integer", "minimum": 0, "maximum": 10000},
                "under_18": {"type": "integer", "minimum": 0, "maximum": 10000}
              }
            }
          ]
        },
        "confirmation": {"enum": ["none", "host", "supervisor", "sign_in_sheet"]},
        "confirmed_by": {"type": "string", "maxLength": 120, "description": "needed for host and supervisor"},
        "closed_at_event_end": {"const": true, "description": "nobody signed out; needs about.event"}
      })";
constexpr std::string_view hours_example = R"({
      "kind": "hours",
      "language": "en",
      "about": {"contract": "LCC-2024-017", "measure": "NT86"},
      "body": {
        "host": "St Anne's Primary School",
        "activity": "Built raised beds with year 5",
        "date": "2026-03-02",
        "start": "09:30",
        "end": "13:00",
        "whose_time": "supplier_staff",
        "people": {"name": "Jo Marsden"},
        "confirmation": "host",
        "confirmed_by": "Head of school"
      }
    })";

constexpr std::string_view story_body = R"(
      "required": ["title", "what", "changed"],
      "properties": {
        "title": {"type": "string", "maxLength": 200},
        "what": {"type": "string", "maxLength": 8000, "description": "what did you do"},
        "how": {"type": "string", "maxLength": 8000},
        "who": {"type": "string", "maxLength": 8000, "description": "who with and for"},
        "where": {"type": "string", "maxLength": 8000},
        "changed": {"type": "string", "maxLength": 8000, "description": "what changed"},
        "known_by": {"type": "string", "maxLength": 8000, "description": "how do you know"},
        "otherwise": {"type": "string", "maxLength": 8000, "description": "what would have happened anyway"},
        "quotes": {
          "type": "array",
          "maxItems": 20,
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["text"],
            "properties": {
              "text": {"type": "string", "maxLength": 2000},
              "speaker": {"type": "string", "maxLength": 120, "description": "a role, such as a parent"}
            }
          }
        },
        "consents": {
          "type": "array",
          "maxItems": 50,
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["person", "uses", "wording_version", "language", "withdrawal_code"],
            "properties": {
              "person": {"type": "string", "maxLength": 120},
              "uses": {
                "type": "array",
                "minItems": 1,
                "uniqueItems": true,
                "items": {"enum": ["report", "website", "press", "social_media"]}
              },
              "wording_version": {"type": "string", "maxLength": 64},
              "language": {"type": "string", "maxLength": 35},
              "signature": {"type": "string", "description": "SHA-256 of the attached drawing, in hex"},
              "withdrawal_code": {"type": "string", "maxLength": 64},
              "parent_or_guardian": {"type": "boolean"}
            }
          }
        },
        "organisation_permission": {
          "type": "object",
          "additionalProperties": false,
          "required": ["organisation", "given_by"],
          "properties": {
            "organisation": {"type": "string", "maxLength": 200},
            "given_by": {"type": "string", "maxLength": 120}
          }
        }
      })";
constexpr std::string_view story_example = R"({
      "kind": "story",
      "language": "en",
      "about": {"contract": "LCC-2024-017"},
      "body": {
        "title": "A garden that feeds a kitchen",
        "what": "Twelve of us turned the yard behind the community centre into a kitchen garden.",
        "changed": "The lunch club now picks its own vegetables, and four neighbours look after the beds."
      }
    })";

constexpr std::string_view feedback_body = R"(
      "required": ["questionnaire", "questionnaire_version", "language", "answers"],
      "properties": {
        "questionnaire": {"$ref": "#/$defs/reference"},
        "questionnaire_version": {"type": "integer", "minimum": 1},
        "language": {"type": "string", "maxLength": 35, "description": "in which it was answered"},
        "answers": {
          "type": "array",
          "minItems": 1,
          "maxItems": 100,
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["question", "value"],
            "properties": {
              "question": {"$ref": "#/$defs/reference"},
              "value": {
                "description": "a point of a scale, yes or no, free text, or ids of the chosen options",
                "oneOf": [
                  {"type": "integer"},
                  {"type": "boolean"},
                  {"type": "string"},
                  {"type": "array", "maxItems": 64, "items": {"type": "string"}}
                ]
              }
            }
          }
        },
        "about_you": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "age_band": {"enum": ["under_16", "16_24", "25_44", "45_64", "65_over"]},
            "connection": {"enum": ["lives_here", "works_here", "visits"]}
          }
        }
      })";
constexpr std::string_view feedback_example = R"({
      "kind": "feedback",
      "about": {"place": "library-preston"},
      "body": {
        "questionnaire": "park-visit",
        "questionnaire_version": 1,
        "language": "en",
        "answers": [{"question": "mood", "value": 4}]
      }
    })";

constexpr std::string_view delivery_body = R"(
      "required": ["period_start", "period_end", "description"],
      "properties": {
        "quantity": {
          "type": "string",
          "pattern": "^[0-9]+(\\.[0-9]{1,4})?$",
          "description": "in the measure's unit, as decimal text; none for a narrative measure"
        },
        "period_start": {"$ref": "#/$defs/date"},
        "period_end": {"$ref": "#/$defs/date"},
        "description": {"type": "string", "maxLength": 2000},
        "evidence_reference": {"type": "string", "maxLength": 200, "description": "where the paper is; no names"},
        "people": {
          "type": "array",
          "maxItems": 200,
          "uniqueItems": true,
          "items": {"type": "string", "minLength": 1, "maxLength": 64},
          "description": "staff or payroll references, no names, where a measure counts each person once a year; then quantity is their number"
        }
      })";
constexpr std::string_view delivery_example = R"({
      "kind": "delivery",
      "language": "en",
      "about": {"contract": "LCC-2024-017", "measure": "NT1"},
      "body": {
        "quantity": "2.5",
        "period_start": "2026-01-05",
        "period_end": "2026-03-20",
        "description": "Two local people employed full time and one half time",
        "evidence_reference": "payroll 2026-Q1"
      }
    })";

std::string assemble(std::string_view kind, std::string_view needed, std::string_view body,
                     std::string_view example)
{
    std::string text = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Tallybook entry: )";
    text += kind;
    text += R"(",
  "type": "object",
  "additionalProperties": false,
  "required": [)";
    text += needed;
    text += R"(],
  "properties": {
    "kind": {"const": ")";
    text += kind;
    text += "\"},";
    text += common;
    text += R"(
    "body": {
      "type": "object",
      "additionalProperties": false,)";
    text += body;
    text += R"(
    }
  },
  "examples": [
    )";
    text += example;
    text += "\n  ],";
    text += ending;
    return text;
}

} // namespace

std::string_view input_schema(EvidenceKind kind)
{
    constexpr std::string_view needed = R"("kind")";
    static const std::string hours = assemble("hours", needed, hours_body, hours_example);
    static const std::string story = assemble("story", needed, story_body, story_example);
    static const std::string feedback = assemble("feedback", needed, feedback_body, feedback_example);
    static const std::string delivery = assemble("delivery", needed, delivery_body, delivery_example);
    switch (kind) {
    case EvidenceKind::Hours:
        return hours;
    case EvidenceKind::Story:
        return story;
    case EvidenceKind::Feedback:
        return feedback;
    case EvidenceKind::Delivery:
        return delivery;
    }
    TALLY_ASSERT(false);
}

} // namespace tally::client
