#include "client/import/country_names.h"

#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "storage/base/types.h"

namespace comity {
namespace {

struct Country {
  const char* code;
  // Parted by "|", each folded as Fold does.
  const char* names;
};

// ISO 3166-1 with its short, common and official names, and names that lists use beside them
// or used before (XK: as the EU and others use it; AN: until 2010).
constexpr Country kCountries[] = {
    {"AD", "andorra|principality andorra"},
    {"AE", "united arab emirates|uae|u a e"},
    {"AF", "afghanistan|islamic republic afghanistan"},
    {"AG", "antigua barbuda"},
    {"AI", "anguilla"},
    {"AL", "albania|republic albania"},
    {"AM", "armenia|republic armenia"},
    {"AN", "netherlands antilles"},
    {"AO", "angola|republic angola"},
    {"AQ", "antarctica"},
    {"AR", "argentina|argentine republic"},
    {"AS", "american samoa|samoa american"},
    {"AT", "austria|republic austria"},
    {"AU", "australia"},
    {"AW", "aruba"},
    {"AX", "aland islands"},
    {"AZ", "azerbaijan|republic azerbaijan"},
    {"BA", "bosnia herzegovina|republic bosnia herzegovina"},
    {"BB", "barbados"},
    {"BD", "bangladesh|people s republic bangladesh"},
    {"BE", "belgium|kingdom belgium"},
    {"BF", "burkina faso"},
    {"BG", "bulgaria|republic bulgaria"},
    {"BH", "bahrain|kingdom bahrain"},
    {"BI", "burundi|republic burundi"},
    {"BJ", "benin|republic benin"},
    {"BL", "saint barthelemy"},
    {"BM", "bermuda"},
    {"BN", "brunei darussalam|brunei"},
    {"BO", "bolivia plurinational state|bolivia|plurinational state bolivia"},
    {"BQ", "bonaire sint eustatius saba|caribbean nl"},
    {"BR", "brazil|federative republic brazil"},
    {"BS", "bahamas|commonwealth bahamas"},
    {"BT", "bhutan|kingdom bhutan"},
    {"BV", "bouvet island"},
    {"BW", "botswana|republic botswana"},
    {"BY", "belarus|republic belarus"},
    {"BZ", "belize"},
    {"CA", "canada"},
    {"CC", "cocos keeling islands"},
    {"CD",
     "congo democratic republic|congo dem rep|congo democratic republic was zaire|dr "
     "congo|drc|zaire"},
    {"CF", "central african republic|central african rep"},
    {"CG", "congo|republic congo|congo rep|congo republic|congo brazzaville"},
    {"CH", "switzerland|swiss confederation"},
    {"CI", "cote d ivoire|republic cote d ivoire|ivory coast"},
    {"CK", "cook islands"},
    {"CL", "chile|republic chile"},
    {"CM", "cameroon|republic cameroon"},
    {"CN", "china|people s republic china|prc|mainland china"},
    {"CO", "colombia|republic colombia"},
    {"CR", "costa rica|republic costa rica"},
    {"CU", "cuba|republic cuba"},
    {"CV", "cabo verde|republic cabo verde|cape verde"},
    {"CW", "curacao"},
    {"CX", "christmas island"},
    {"CY", "cyprus|republic cyprus"},
    {"CZ", "czechia|czech republic"},
    {"DE", "germany|federal republic germany"},
    {"DJ", "djibouti|republic djibouti"},
    {"DK", "denmark|kingdom denmark"},
    {"DM", "dominica|commonwealth dominica"},
    {"DO", "dominican republic"},
    {"DZ", "algeria|people s democratic republic algeria"},
    {"EC", "ecuador|republic ecuador"},
    {"EE", "estonia|republic estonia"},
    {"EG", "egypt|arab republic egypt"},
    {"EH", "western sahara"},
    {"ER", "eritrea|state eritrea"},
    {"ES", "spain|kingdom spain"},
    {"ET", "ethiopia|federal democratic republic ethiopia"},
    {"FI", "finland|republic finland"},
    {"FJ", "fiji|republic fiji"},
    {"FK", "falkland islands malvinas|falkland islands"},
    {"FM", "micronesia federated states|federated states micronesia|micronesia"},
    {"FO", "faroe islands"},
    {"FR", "france|french republic"},
    {"GA", "gabon|gabonese republic"},
    {"GB",
     "united kingdom|united kingdom great britain northern ireland|britain|uk|great "
     "britain|england|scotland|wales|northern ireland"},
    {"GD", "grenada"},
    {"GE", "georgia"},
    {"GF", "french guiana"},
    {"GG", "guernsey"},
    {"GH", "ghana|republic ghana"},
    {"GI", "gibraltar"},
    {"GL", "greenland"},
    {"GM", "gambia|republic gambia"},
    {"GN", "guinea|republic guinea"},
    {"GP", "guadeloupe"},
    {"GQ", "equatorial guinea|republic equatorial guinea"},
    {"GR", "greece|hellenic republic"},
    {"GS", "south georgia south sandwich islands"},
    {"GT", "guatemala|republic guatemala"},
    {"GU", "guam"},
    {"GW", "guinea bissau|republic guinea bissau"},
    {"GY", "guyana|republic guyana"},
    {"HK",
     "hong kong|hong kong special administrative region china|china hong kong special "
     "administrative region|hong kong sar"},
    {"HM", "heard island mcdonald islands"},
    {"HN", "honduras|republic honduras"},
    {"HR", "croatia|republic croatia"},
    {"HT", "haiti|republic haiti"},
    {"HU", "hungary"},
    {"ID", "indonesia|republic indonesia"},
    {"IE", "ireland"},
    {"IL", "israel|state israel"},
    {"IM", "isle man"},
    {"IN", "india|republic india"},
    {"IO", "british indian ocean territory"},
    {"IQ", "iraq|republic iraq"},
    {"IR", "iran islamic republic|iran|islamic republic iran"},
    {"IS", "iceland|republic iceland"},
    {"IT", "italy|italian republic"},
    {"JE", "jersey"},
    {"JM", "jamaica"},
    {"JO", "jordan|hashemite kingdom jordan"},
    {"JP", "japan"},
    {"KE", "kenya|republic kenya"},
    {"KG", "kyrgyzstan|kyrgyz republic"},
    {"KH", "cambodia|kingdom cambodia"},
    {"KI", "kiribati|republic kiribati"},
    {"KM", "comoros|union comoros"},
    {"KN", "saint kitts nevis|st kitts nevis"},
    {"KP",
     "korea democratic people s republic|north korea|democratic people s republic korea|korea "
     "north|dprk"},
    {"KR", "republic korea|korea republic|south korea|korea south"},
    {"KW", "kuwait|state kuwait"},
    {"KY", "cayman islands"},
    {"KZ", "kazakhstan|republic kazakhstan"},
    {"LA", "lao people s democratic republic|laos"},
    {"LB", "lebanon|lebanese republic"},
    {"LC", "saint lucia|st lucia"},
    {"LI", "liechtenstein|principality liechtenstein"},
    {"LK", "sri lanka|democratic socialist republic sri lanka"},
    {"LR", "liberia|republic liberia"},
    {"LS", "lesotho|kingdom lesotho"},
    {"LT", "lithuania|republic lithuania"},
    {"LU", "luxembourg|grand duchy luxembourg"},
    {"LV", "latvia|republic latvia"},
    {"LY", "libya"},
    {"MA", "morocco|kingdom morocco"},
    {"MC", "monaco|principality monaco"},
    {"MD", "moldova republic|moldova|republic moldova"},
    {"ME", "montenegro"},
    {"MF", "saint martin french part|saint martin"},
    {"MG", "madagascar|republic madagascar"},
    {"MH", "marshall islands|republic marshall islands"},
    {"MK",
     "north macedonia|republic north macedonia|macedonia|macedonia former yugoslav republic|former "
     "yugoslav republic macedonia"},
    {"ML", "mali|republic mali"},
    {"MM", "myanmar|republic myanmar|myanmar burma|burma"},
    {"MN", "mongolia"},
    {"MO",
     "macao|macao special administrative region china|macau|china macao special administrative "
     "region"},
    {"MP", "northern mariana islands|commonwealth northern mariana islands"},
    {"MQ", "martinique"},
    {"MR", "mauritania|islamic republic mauritania"},
    {"MS", "montserrat"},
    {"MT", "malta|republic malta"},
    {"MU", "mauritius|republic mauritius"},
    {"MV", "maldives|republic maldives"},
    {"MW", "malawi|republic malawi"},
    {"MX", "mexico|united mexican states"},
    {"MY", "malaysia"},
    {"MZ", "mozambique|republic mozambique"},
    {"NA", "namibia|republic namibia"},
    {"NC", "new caledonia"},
    {"NE", "niger|republic niger"},
    {"NF", "norfolk island"},
    {"NG", "nigeria|federal republic nigeria"},
    {"NI", "nicaragua|republic nicaragua"},
    {"NL", "netherlands|kingdom netherlands|holland"},
    {"NO", "norway|kingdom norway"},
    {"NP", "nepal|federal democratic republic nepal"},
    {"NR", "nauru|republic nauru"},
    {"NU", "niue"},
    {"NZ", "new zealand"},
    {"OM", "oman|sultanate oman"},
    {"PA", "panama|republic panama"},
    {"PE", "peru|republic peru"},
    {"PF", "french polynesia"},
    {"PG", "papua new guinea|independent state papua new guinea"},
    {"PH", "philippines|republic philippines"},
    {"PK", "pakistan|islamic republic pakistan"},
    {"PL", "poland|republic poland"},
    {"PM", "saint pierre miquelon"},
    {"PN", "pitcairn"},
    {"PR", "puerto rico"},
    {"PS",
     "palestine state|state palestine|palestine|palestinian|palestinian authority|palestinian "
     "territories|west bank|gaza|occupied palestinian territory"},
    {"PT", "portugal|portuguese republic"},
    {"PW", "palau|republic palau"},
    {"PY", "paraguay|republic paraguay"},
    {"QA", "qatar|state qatar"},
    {"RE", "reunion"},
    {"RO", "romania"},
    {"RS", "serbia|republic serbia"},
    {"RU", "russian federation|russia"},
    {"RW", "rwanda|rwandese republic"},
    {"SA", "saudi arabia|kingdom saudi arabia"},
    {"SB", "solomon islands"},
    {"SC", "seychelles|republic seychelles"},
    {"SD", "sudan|republic sudan"},
    {"SE", "sweden|kingdom sweden"},
    {"SG", "singapore|republic singapore"},
    {"SH", "saint helena ascension tristan da cunha|saint helena"},
    {"SI", "slovenia|republic slovenia"},
    {"SJ", "svalbard jan mayen"},
    {"SK", "slovakia|slovak republic"},
    {"SL", "sierra leone|republic sierra leone"},
    {"SM", "san marino|republic san marino"},
    {"SN", "senegal|republic senegal"},
    {"SO", "somalia|federal republic somalia"},
    {"SR", "suriname|republic suriname"},
    {"SS", "south sudan|republic south sudan"},
    {"ST", "sao tome principe|democratic republic sao tome principe"},
    {"SV", "el salvador|republic el salvador"},
    {"SX", "sint maarten dutch part|saint maarten"},
    {"SY", "syrian arab republic|syria"},
    {"SZ", "eswatini|kingdom eswatini|eswatini swaziland|swaziland"},
    {"TC", "turks caicos islands|turks caicos is"},
    {"TD", "chad|republic chad"},
    {"TF", "french southern territories|french s terr"},
    {"TG", "togo|togolese republic"},
    {"TH", "thailand|kingdom thailand"},
    {"TJ", "tajikistan|republic tajikistan"},
    {"TK", "tokelau"},
    {"TL", "timor leste|democratic republic timor leste|east timor"},
    {"TM", "turkmenistan"},
    {"TN", "tunisia|republic tunisia"},
    {"TO", "tonga|kingdom tonga"},
    {"TR", "turkiye|republic turkiye|turkey"},
    {"TT", "trinidad tobago|republic trinidad tobago"},
    {"TV", "tuvalu"},
    {"TW", "taiwan province china|taiwan"},
    {"TZ", "tanzania united republic|tanzania|united republic tanzania"},
    {"UA", "ukraine"},
    {"UG", "uganda|republic uganda"},
    {"UM", "united states minor outlying islands|us minor outlying islands"},
    {"US", "united states|united states america|usa|us|u s|u s a"},
    {"UY", "uruguay|eastern republic uruguay"},
    {"UZ", "uzbekistan|republic uzbekistan"},
    {"VA", "holy see vatican city state|vatican city|vatican|holy see"},
    {"VC", "saint vincent grenadines|saint vincent|st vincent grenadines"},
    {"VE", "venezuela bolivarian republic|venezuela|bolivarian republic venezuela"},
    {"VG", "virgin islands british|british virgin islands|virgin islands"},
    {"VI", "virgin islands u s|virgin islands united states|us virgin islands"},
    {"VN", "viet nam|vietnam|socialist republic viet nam"},
    {"VU", "vanuatu|republic vanuatu"},
    {"WF", "wallis futuna"},
    {"WS", "samoa|independent state samoa|samoa western"},
    {"XK", "kosovo"},
    {"YE", "yemen|republic yemen"},
    {"YT", "mayotte"},
    {"ZA", "south africa|republic south africa"},
    {"ZM", "zambia|republic zambia"},
    {"ZW", "zimbabwe|republic zimbabwe"},
};

// Lower case, letters and digits alone, without the small words that lists put anywhere:
// "Korea, Democratic People's Republic of" and "the ..." have one spelling.
std::string Fold(std::string_view name) {
  static const auto* const kLatin = new std::map<std::string_view, const char*>{
      {"á", "a"}, {"ã", "a"}, {"å", "a"}, {"Å", "a"}, {"ç", "c"}, {"é", "e"}, {"í", "i"},
      {"ô", "o"}, {"ó", "o"}, {"ü", "u"}, {"ū", "u"}, {"ä", "a"}, {"ö", "o"}, {"ñ", "n"}};
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
      word += absl::ascii_tolower(c);
    } else if (const auto it = kLatin->find(name.substr(i, 2)); it != kLatin->end()) {
      word += it->second;
      ++i;
    } else {
      flush();
    }
  }
  flush();
  return out;
}

}  // namespace

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
  const auto it = kByName->find(Fold(name));
  return it == kByName->end() ? "" : it->second;
}

bool IsCountryCode(std::string_view code) {
  for (const Country& country : kCountries) {
    if (code == country.code) return true;
  }
  return false;
}

std::string CountryOr(std::string_view published) {
  std::string code = CountryCode(published);
  return code.empty() ? std::string(published) : code;
}

}  // namespace comity
