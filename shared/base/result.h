#pragma once
/// How functions report a failure that their caller can do something about.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tally {

/// A refusal with a stable code (for programs) and a sentence (for people) that says what is wrong
/// and what to do. `where` names the field or place, such as "body.date"; it may be empty.
struct Error
{
    std::string code;
    std::string message;
    std::string where = {};

    /// "body.date: The date is missing. ..." for a message on standard error.
    [[nodiscard]] std::string text() const { return where.empty() ? message : where + ": " + message; }
};

/// Stops the program: the code itself is wrong. Enabled in release builds too.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

#define TALLY_ASSERT(condition)                                                                              \
    ((condition) ? static_cast<void>(0) : ::tally::assertion_failed(#condition, __FILE__, __LINE__))

/// Either a value or an Error. Reading the value of a failed result is a programming error.
template <typename T>
class [[nodiscard]] Result
{
public:
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() &
    {
        TALLY_ASSERT(ok());
        return *std::get_if<0>(&m_state);
    }
    const T& value() const&
    {
        TALLY_ASSERT(ok());
        return *std::get_if<0>(&m_state);
    }
    T&& value() &&
    {
        TALLY_ASSERT(ok());
        return std::move(*std::get_if<0>(&m_state));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    [[nodiscard]] const Error& error() const
    {
        TALLY_ASSERT(!ok());
        return *std::get_if<1>(&m_state);
    }

private:
    std::variant<T, Error> m_state;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void>
{
public:
    Result() = default;
    Result(Error error) : m_error(std::move(error)) {}

    [[nodiscard]] bool ok() const { return !m_error.has_value(); }
    explicit operator bool() const { return ok(); }
    [[nodiscard]] const Error& error() const
    {
        TALLY_ASSERT(!ok());
        return *m_error;
    }

private:
    std::optional<Error> m_error;
};

} // namespace tally
