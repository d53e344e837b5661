#include "storage/law/country_names.h"

#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "storage/base/types.h"
#include "storage/match/text_search.h"

namespace comity {
namespace {

struct Country {
  const char* code;
  // As it is shown.
  const char* title;
  // Parted by "|", each folded as FoldCountryName does.
  const char* names;
};

// ISO 3166-1 with its short, common and official names, and names that lists use beside them
// or used before (XK: as the EU and others use it; AN: until 2010).
constexpr Country kCountries[] = {
    {"AD", "Andorra", "andorra|principality andorra"},
    {"AE", "United Arab Emirates", "united arab emirates|uae|u a e"},
    {"AF", "Afghanistan", "afghanistan|islamic republic afghanistan"},
    {"AG", "Antigua & Barbuda", "antigua barbuda"},
    {"AI", "Anguilla", "anguilla"},
    {"AL", "Albania", "albania|republic albania"},
    {"AM", "Armenia", "armenia|republic armenia"},
    {"AN", "Netherlands Antilles", "netherlands antilles"},
    {"AO", "Angola", "angola|republic angola"},
    {"AQ", "Antarctica", "antarctica"},
    {"AR", "Argentina", "argentina|argentine republic"},
    {"AS", "American Samoa", "american samoa|samoa american"},
    {"AT", "Austria", "austria|republic austria"},
    {"AU", "Australia", "australia"},
    {"AW", "Aruba", "aruba"},
    {"AX", "Åland Islands", "aland islands"},
    {"AZ", "Azerbaijan", "azerbaijan|republic azerbaijan"},
    {"BA", "Bosnia & Herzegovina", "bosnia herzegovina|bosnia|republic bosnia herzegovina"},
    {"BB", "Barbados", "barbados"},
    {"BD", "Bangladesh", "bangladesh|people s republic bangladesh"},
    {"BE", "Belgium", "belgium|kingdom belgium"},
    {"BF", "Burkina Faso", "burkina faso"},
    {"BG", "Bulgaria", "bulgaria|republic bulgaria"},
    {"BH", "Bahrain", "bahrain|kingdom bahrain"},
    {"BI", "Burundi", "burundi|republic burundi"},
    {"BJ", "Benin", "benin|republic benin"},
    {"BL", "St. Barthélemy", "st barthelemy|saint barthelemy"},
    {"BM", "Bermuda", "bermuda"},
    {"BN", "Brunei", "brunei darussalam|brunei"},
    {"BO", "Bolivia", "bolivia plurinational state|bolivia|plurinational state bolivia"},
    {"BQ", "Caribbean Netherlands",
     "caribbean netherlands|bonaire sint eustatius saba|caribbean nl"},
    {"BR", "Brazil", "brazil|federative republic brazil"},
    {"BS", "Bahamas", "bahamas|commonwealth bahamas"},
    {"BT", "Bhutan", "bhutan|kingdom bhutan"},
    {"BV", "Bouvet Island", "bouvet island"},
    {"BW", "Botswana", "botswana|republic botswana"},
    {"BY", "Belarus", "belarus|republic belarus"},
    {"BZ", "Belize", "belize"},
    {"CA", "Canada", "canada"},
    {"CC", "Cocos Islands", "cocos islands|cocos keeling islands"},
    {"CD", "Congo - Kinshasa",
     "congo kinshasa|democratic republic congo|congo democratic republic|congo dem rep|congo "
     "democratic republic was "
     "zaire|dr "
     "congo|drc|zaire"},
    {"CF", "Central African Republic", "central african republic|central african rep"},
    {"CG", "Congo - Brazzaville",
     "congo|republic congo|congo rep|congo republic|congo brazzaville"},
    {"CH", "Switzerland", "switzerland|swiss confederation"},
    {"CI", "Côte d'Ivoire", "cote d ivoire|republic cote d ivoire|ivory coast"},
    {"CK", "Cook Islands", "cook islands"},
    {"CL", "Chile", "chile|republic chile"},
    {"CM", "Cameroon", "cameroon|republic cameroon"},
    {"CN", "China", "china|people s republic china|prc|mainland china"},
    {"CO", "Colombia", "colombia|republic colombia"},
    {"CR", "Costa Rica", "costa rica|republic costa rica"},
    {"CU", "Cuba", "cuba|republic cuba"},
    {"CV", "Cape Verde", "cabo verde|republic cabo verde|cape verde"},
    {"CW", "Curaçao", "curacao"},
    {"CX", "Christmas Island", "christmas island"},
    {"CY", "Cyprus", "cyprus|republic cyprus"},
    {"CZ", "Czechia", "czechia|czech republic"},
    {"DE", "Germany", "germany|federal republic germany"},
    {"DJ", "Djibouti", "djibouti|republic djibouti"},
    {"DK", "Denmark", "denmark|kingdom denmark"},
    {"DM", "Dominica", "dominica|commonwealth dominica"},
    {"DO", "Dominican Republic", "dominican republic"},
    {"DZ", "Algeria", "algeria|people s democratic republic algeria"},
    {"EC", "Ecuador", "ecuador|republic ecuador"},
    {"EE", "Estonia", "estonia|republic estonia"},
    {"EG", "Egypt", "egypt|arab republic egypt"},
    {"EH", "Western Sahara", "western sahara"},
    {"ER", "Eritrea", "eritrea|state eritrea"},
    {"ES", "Spain", "spain|kingdom spain"},
    {"ET", "Ethiopia", "ethiopia|federal democratic republic ethiopia"},
    {"FI", "Finland", "finland|republic finland"},
    {"FJ", "Fiji", "fiji|republic fiji"},
    {"FK", "Falkland Islands", "falkland islands malvinas|falkland islands"},
    {"FM", "Micronesia",
     "micronesia federated states|federated states micronesia|micronesia federated "
     "state|micronesia"},
    {"FO", "Faroe Islands", "faroe islands"},
    {"FR", "France", "france|french republic"},
    {"GA", "Gabon", "gabon|gabonese republic"},
    {"GB", "United Kingdom",
     "united kingdom|united kingdom great britain northern ireland|britain|uk|great "
     "britain|england|scotland|wales|northern ireland"},
    {"GD", "Grenada", "grenada"},
    {"GE", "Georgia", "georgia"},
    {"GF", "French Guiana", "french guiana"},
    {"GG", "Guernsey", "guernsey"},
    {"GH", "Ghana", "ghana|republic ghana"},
    {"GI", "Gibraltar", "gibraltar"},
    {"GL", "Greenland", "greenland"},
    {"GM", "Gambia", "gambia|republic gambia"},
    {"GN", "Guinea", "guinea|republic guinea"},
    {"GP", "Guadeloupe", "guadeloupe"},
    {"GQ", "Equatorial Guinea", "equatorial guinea|republic equatorial guinea"},
    {"GR", "Greece", "greece|hellenic republic"},
    {"GS", "South Georgia & South Sandwich Islands", "south georgia south sandwich islands"},
    {"GT", "Guatemala", "guatemala|republic guatemala"},
    {"GU", "Guam", "guam"},
    {"GW", "Guinea-Bissau", "guinea bissau|republic guinea bissau"},
    {"GY", "Guyana",
     "guyana|republic guyana|co operative republic guyana|cooperative republic guyana"},
    {"HK", "Hong Kong",
     "hong kong|hong kong special administrative region china|china hong kong special "
     "administrative region|hong kong sar"},
    {"HM", "Heard & McDonald Islands", "heard mcdonald islands|heard island mcdonald islands"},
    {"HN", "Honduras", "honduras|republic honduras"},
    {"HR", "Croatia", "croatia|republic croatia"},
    {"HT", "Haiti", "haiti|republic haiti"},
    {"HU", "Hungary", "hungary"},
    {"ID", "Indonesia", "indonesia|republic indonesia"},
    {"IE", "Ireland", "ireland"},
    {"IL", "Israel", "israel|state israel"},
    {"IM", "Isle of Man", "isle man"},
    {"IN", "India", "india|republic india"},
    {"IO", "British Indian Ocean Territory", "british indian ocean territory"},
    {"IQ", "Iraq", "iraq|republic iraq"},
    {"IR", "Iran", "iran islamic republic|iran|islamic republic iran"},
    {"IS", "Iceland", "iceland|republic iceland"},
    {"IT", "Italy", "italy|italian republic|republic italy"},
    {"JE", "Jersey", "jersey"},
    {"JM", "Jamaica", "jamaica"},
    {"JO", "Jordan", "jordan|hashemite kingdom jordan"},
    {"JP", "Japan", "japan"},
    {"KE", "Kenya", "kenya|republic kenya"},
    {"KG", "Kyrgyzstan", "kyrgyzstan|kyrgyz republic"},
    {"KH", "Cambodia", "cambodia|kingdom cambodia"},
    {"KI", "Kiribati", "kiribati|republic kiribati"},
    {"KM", "Comoros", "comoros|union comoros"},
    {"KN", "St. Kitts & Nevis", "saint kitts nevis|st kitts nevis"},
    {"KP", "North Korea",
     "korea democratic people s republic|north korea|democratic people s republic korea|korea "
     "north|dprk"},
    {"KR", "South Korea", "republic korea|korea republic|south korea|korea south"},
    {"KW", "Kuwait", "kuwait|state kuwait"},
    {"KY", "Cayman Islands", "cayman islands"},
    {"KZ", "Kazakhstan", "kazakhstan|republic kazakhstan"},
    {"LA", "Laos", "lao people s democratic republic|laos"},
    {"LB", "Lebanon", "lebanon|lebanese republic"},
    {"LC", "St. Lucia", "saint lucia|st lucia"},
    {"LI", "Liechtenstein", "liechtenstein|principality liechtenstein"},
    {"LK", "Sri Lanka", "sri lanka|democratic socialist republic sri lanka"},
    {"LR", "Liberia", "liberia|republic liberia"},
    {"LS", "Lesotho", "lesotho|kingdom lesotho"},
    {"LT", "Lithuania", "lithuania|republic lithuania"},
    {"LU", "Luxembourg", "luxembourg|grand duchy luxembourg"},
    {"LV", "Latvia", "latvia|republic latvia"},
    {"LY", "Libya", "libya|state libya"},
    {"MA", "Morocco", "morocco|kingdom morocco"},
    {"MC", "Monaco", "monaco|principality monaco"},
    {"MD", "Moldova", "moldova republic|moldova|republic moldova"},
    {"ME", "Montenegro", "montenegro"},
    {"MF", "St. Martin", "st martin|saint martin french part|saint martin"},
    {"MG", "Madagascar", "madagascar|republic madagascar"},
    {"MH", "Marshall Islands", "marshall islands|republic marshall islands"},
    {"MK", "North Macedonia",
     "north macedonia|republic north macedonia|macedonia|macedonia former yugoslav republic|former "
     "yugoslav republic macedonia"},
    {"ML", "Mali", "mali|republic mali"},
    {"MM", "Myanmar", "myanmar|republic myanmar|republic union myanmar|myanmar burma|burma"},
    {"MN", "Mongolia", "mongolia"},
    {"MO", "Macao",
     "macao|macao special administrative region china|macau|china macao special administrative "
     "region"},
    {"MP", "Northern Mariana Islands",
     "northern mariana islands|commonwealth northern mariana islands"},
    {"MQ", "Martinique", "martinique"},
    {"MR", "Mauritania", "mauritania|islamic republic mauritania"},
    {"MS", "Montserrat", "montserrat"},
    {"MT", "Malta", "malta|republic malta"},
    {"MU", "Mauritius", "mauritius|republic mauritius"},
    {"MV", "Maldives", "maldives|republic maldives"},
    {"MW", "Malawi", "malawi|republic malawi"},
    {"MX", "Mexico", "mexico|united mexican states"},
    {"MY", "Malaysia", "malaysia"},
    {"MZ", "Mozambique", "mozambique|republic mozambique"},
    {"NA", "Namibia", "namibia|republic namibia"},
    {"NC", "New Caledonia", "new caledonia"},
    {"NE", "Niger", "niger|republic niger"},
    {"NF", "Norfolk Island", "norfolk island"},
    {"NG", "Nigeria", "nigeria|federal republic nigeria"},
    {"NI", "Nicaragua", "nicaragua|republic nicaragua"},
    {"NL", "Netherlands", "netherlands|kingdom netherlands|holland"},
    {"NO", "Norway", "norway|kingdom norway"},
    {"NP", "Nepal", "nepal|federal democratic republic nepal"},
    {"NR", "Nauru", "nauru|republic nauru"},
    {"NU", "Niue", "niue"},
    {"NZ", "New Zealand", "new zealand"},
    {"OM", "Oman", "oman|sultanate oman"},
    {"PA", "Panama", "panama|republic panama"},
    {"PE", "Peru", "peru|republic peru"},
    {"PF", "French Polynesia", "french polynesia"},
    {"PG", "Papua New Guinea", "papua new guinea|independent state papua new guinea"},
    {"PH", "Philippines", "philippines|republic philippines"},
    {"PK", "Pakistan", "pakistan|islamic republic pakistan"},
    {"PL", "Poland", "poland|republic poland"},
    {"PM", "St. Pierre & Miquelon", "st pierre miquelon|saint pierre miquelon"},
    {"PN", "Pitcairn", "pitcairn"},
    {"PR", "Puerto Rico", "puerto rico"},
    {"PS", "Palestine",
     "palestine state|state palestine|palestine|palestinian|palestinian authority|palestinian "
     "territories|west bank|gaza|occupied palestinian territory"},
    {"PT", "Portugal", "portugal|portuguese republic"},
    {"PW", "Palau", "palau|republic palau"},
    {"PY", "Paraguay", "paraguay|republic paraguay"},
    {"QA", "Qatar", "qatar|state qatar"},
    {"RE", "Réunion", "reunion"},
    {"RO", "Romania", "romania"},
    {"RS", "Serbia", "serbia|republic serbia"},
    {"RU", "Russia", "russian federation|russia"},
    {"RW", "Rwanda", "rwanda|rwandese republic|republic rwanda"},
    {"SA", "Saudi Arabia", "saudi arabia|kingdom saudi arabia"},
    {"SB", "Solomon Islands", "solomon islands"},
    {"SC", "Seychelles", "seychelles|republic seychelles"},
    {"SD", "Sudan", "sudan|republic sudan"},
    {"SE", "Sweden", "sweden|kingdom sweden"},
    {"SG", "Singapore", "singapore|republic singapore"},
    {"SH", "St. Helena", "st helena|saint helena ascension tristan da cunha|saint helena"},
    {"SI", "Slovenia", "slovenia|republic slovenia"},
    {"SJ", "Svalbard & Jan Mayen", "svalbard jan mayen|svalbard jan mayen islands"},
    {"SK", "Slovakia", "slovakia|slovak republic"},
    {"SL", "Sierra Leone", "sierra leone|republic sierra leone"},
    {"SM", "San Marino", "san marino|republic san marino"},
    {"SN", "Senegal", "senegal|republic senegal"},
    {"SO", "Somalia", "somalia|federal republic somalia"},
    {"SR", "Suriname", "suriname|republic suriname"},
    {"SS", "South Sudan", "south sudan|republic south sudan|south sudan republic"},
    {"ST", "São Tomé & Príncipe", "sao tome principe|democratic republic sao tome principe"},
    {"SV", "El Salvador", "el salvador|republic el salvador"},
    {"SX", "Sint Maarten",
     "sint maarten|sint maarten dutch part|saint maarten|sint maarten dutch two fifths island "
     "saint martin"},
    {"SY", "Syria", "syrian arab republic|syria"},
    {"SZ", "Eswatini", "eswatini|kingdom eswatini|eswatini swaziland|swaziland"},
    {"TC", "Turks & Caicos Islands", "turks caicos islands|turks caicos is"},
    {"TD", "Chad", "chad|republic chad"},
    {"TF", "French Southern Territories", "french southern territories|french s terr"},
    {"TG", "Togo", "togo|togolese republic"},
    {"TH", "Thailand", "thailand|kingdom thailand"},
    {"TJ", "Tajikistan", "tajikistan|republic tajikistan"},
    {"TK", "Tokelau", "tokelau"},
    {"TL", "Timor-Leste", "timor leste|democratic republic timor leste|east timor"},
    {"TM", "Turkmenistan", "turkmenistan"},
    {"TN", "Tunisia", "tunisia|republic tunisia"},
    {"TO", "Tonga", "tonga|kingdom tonga"},
    {"TR", "Türkiye", "turkiye|republic turkiye|turkey"},
    {"TT", "Trinidad & Tobago", "trinidad tobago|republic trinidad tobago"},
    {"TV", "Tuvalu", "tuvalu"},
    {"TW", "Taiwan", "taiwan province china|taiwan"},
    {"TZ", "Tanzania", "tanzania united republic|tanzania|united republic tanzania"},
    {"UA", "Ukraine", "ukraine"},
    {"UG", "Uganda", "uganda|republic uganda"},
    {"UM", "U.S. Outlying Islands",
     "u s outlying islands|united states minor outlying islands|us minor outlying islands"},
    {"US", "United States", "united states|united states america|usa|us|u s|u s a"},
    {"UY", "Uruguay", "uruguay|eastern republic uruguay"},
    {"UZ", "Uzbekistan", "uzbekistan|republic uzbekistan"},
    {"VA", "Vatican City", "holy see vatican city state|vatican city|vatican|holy see"},
    {"VC", "St. Vincent & Grenadines",
     "saint vincent grenadines|saint vincent|st vincent grenadines"},
    {"VE", "Venezuela", "venezuela bolivarian republic|venezuela|bolivarian republic venezuela"},
    {"VG", "British Virgin Islands",
     "virgin islands british|british virgin islands|virgin islands"},
    {"VI", "U.S. Virgin Islands",
     "u s virgin islands|virgin islands u s|virgin islands united states|us virgin islands|united "
     "states virgin islands"},
    {"VN", "Vietnam", "viet nam|vietnam|socialist republic viet nam"},
    {"VU", "Vanuatu", "vanuatu|republic vanuatu"},
    {"WF", "Wallis & Futuna", "wallis futuna|wallis futuna islands"},
    {"WS", "Samoa", "samoa|independent state samoa|samoa western"},
    {"XK", "Kosovo", "kosovo"},
    {"YE", "Yemen", "yemen|republic yemen"},
    {"YT", "Mayotte", "mayotte"},
    {"ZA", "South Africa", "south africa|republic south africa"},
    {"ZM", "Zambia", "zambia|republic zambia"},
    {"ZW", "Zimbabwe", "zimbabwe|republic zimbabwe"},
};

const Country* FindCountry(std::string_view code) {
  for (const Country& country : kCountries) {
    if (code == country.code) return &country;
  }
  return nullptr;
}

}  // namespace

std::string FoldCountryName(std::string_view published) {
  static const auto* const kLatin = new std::map<std::string_view, const char*>{
      {"à", "a"}, {"á", "a"}, {"â", "a"}, {"ã", "a"}, {"ä", "a"}, {"å", "a"}, {"ç", "c"},
      {"è", "e"}, {"é", "e"}, {"ê", "e"}, {"ë", "e"}, {"í", "i"}, {"İ", "i"}, {"ñ", "n"},
      {"ô", "o"}, {"ó", "o"}, {"õ", "o"}, {"ö", "o"}, {"ü", "u"}, {"ū", "u"}};
  const std::string name = FoldCase(published);
  std::string out;
  std::string word;
  const auto flush = [&] {
    if (!word.empty() && word != "the" && word != "of" && word != "and") {
      if (!out.empty()) out += ' ';
      out += word;
    }
    word.clear();
  };
  for (size_t i = 0; i < name.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(name[i]);
    if (absl::ascii_isalnum(c)) {
      word += name[i];
    } else if (const auto it = kLatin->find(std::string_view(name).substr(i, 2));
               it != kLatin->end()) {
      word += it->second;
      ++i;
    } else {
      flush();
    }
  }
  flush();
  return out;
}

std::string CountryCode(std::string_view name) {
  static const auto* const kByName = [] {
    auto* map = new std::map<std::string, std::string>;
    for (const Country& country : kCountries) {
      for (absl::string_view one : absl::StrSplit(country.names, '|')) {
        map->emplace(std::string(one), country.code);
      }
    }
    return map;
  }();
  const auto it = kByName->find(FoldCountryName(name));
  return it == kByName->end() ? "" : it->second;
}

bool IsCountryCode(std::string_view code) { return FindCountry(code) != nullptr; }

std::string CountryTitle(std::string_view code) {
  const Country* const country = FindCountry(code);
  return country == nullptr ? "" : country->title;
}

std::vector<std::string> CountryNames(std::string_view code) {
  const Country* const country = FindCountry(code);
  if (country == nullptr) return {};
  return absl::StrSplit(country->names, '|');
}

std::vector<std::string> CountryCodes() {
  std::vector<std::string> codes;
  for (const Country& country : kCountries) codes.emplace_back(country.code);
  return codes;
}

std::string CountryOr(std::string_view published) {
  std::string code = CountryCode(published);
  return code.empty() ? std::string(published) : code;
}

}  // namespace comity
