#pragma once
/// The rows of the log as README.md of server/ledger describes them, read without the server's code: each
/// field in its place, none unknown, written in the one way that is allowed.

#include "shared/base/result.h"
#include "shared/base/uuid.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tally::verify {

class LeafFields
{
public:
    using Texts = std::vector<std::string>;
    using Value = std::variant<std::int64_t, std::string, Texts>;

    void add(std::string_view name, Value value) { m_fields.emplace_back(name, std::move(value)); }
    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
    /// Empty when the row does not have it.
    [[nodiscard]] std::string_view text(std::string_view name) const;
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const;
    /// The form has been checked, so this is an id; the nil id when the row does not have it.
    [[nodiscard]] Uuid id(std::string_view name) const;
    /// None when the row does not have it.
    [[nodiscard]] const Texts& texts(std::string_view name) const;

private:
    [[nodiscard]] const Value* find(std::string_view name) const;

    std::vector<std::pair<std::string_view, Value>> m_fields; ///< names are those of the tables of forms
};

/// Fails with `bad_leaf`.
[[nodiscard]] Result<LeafFields> read_leaf(std::string_view leaf);

} // namespace tally::verify
