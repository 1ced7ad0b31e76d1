#pragma once
/// Short and fond forms of names that no list holds: Robbo, Dazza, Marzenka, Robt. Pure functions on
/// lower-case ASCII words.

#include <string_view>

namespace tally::server {

/// The beginning of a name with an ending that makes it short or fond: Jonno of Jonathan, Kingusia of Kinga,
/// Florinel of Florin; also a bare beginning of four letters (Wolst).
[[nodiscard]] bool is_fond_form(std::string_view form, std::string_view name);

/// Gazza of Gary, Kaz of Karen: English speakers put z for r.
[[nodiscard]] bool is_form_with_z(std::string_view form, std::string_view name);

/// Letters left out by a hurried pen, the first and the last kept: Robt of Robert, Fredk of Frederick.
[[nodiscard]] bool is_contraction(std::string_view form, std::string_view name);

} // namespace tally::server
