import type { Shown } from "../api";
import { dictionary, useLanguage, useWords, type Language } from "../words";

type Place = NonNullable<Shown["NumberPlaceReply"]>;

/** Of a number's home: operators and provinces as people call them. */
export const placeWords = dictionary({
  en: {
    byPlan: "by number plan",
    mobile: "China Mobile",
    unicom: "China Unicom",
    telecom: "China Telecom",
    broadnet: "China Broadnet",
    provinces: "AH Anhui BJ Beijing CQ Chongqing FJ Fujian GD Guangdong GS Gansu GX Guangxi GZ Guizhou HA Henan HB Hubei HE Hebei HI Hainan HL Heilongjiang HN Hunan JL Jilin JS Jiangsu JX Jiangxi LN Liaoning NM Inner_Mongolia NX Ningxia QH Qinghai SC Sichuan SD Shandong SH Shanghai SN Shaanxi SX Shanxi TJ Tianjin XJ Xinjiang XZ Tibet YN Yunnan ZJ Zhejiang",
  },
  zh: {
    byPlan: "按号段归属",
    mobile: "中国移动",
    unicom: "中国联通",
    telecom: "中国电信",
    broadnet: "中国广电",
    provinces: "AH 安徽 BJ 北京 CQ 重庆 FJ 福建 GD 广东 GS 甘肃 GX 广西 GZ 贵州 HA 河南 HB 湖北 HE 河北 HI 海南 HL 黑龙江 HN 湖南 JL 吉林 JS 江苏 JX 江西 LN 辽宁 NM 内蒙古 NX 宁夏 QH 青海 SC 四川 SD 山东 SH 上海 SN 陕西 SX 山西 TJ 天津 XJ 新疆 XZ 西藏 YN 云南 ZJ 浙江",
  },
});

type Words = (typeof placeWords)["en"];

/** The same, in the language of who reads it. */
export function useNumberPlace(place: Place | null | undefined): string | null {
  const words = useWords(placeWords);
  return placeSaid(words, useLanguage().language, place);
}

/** Where a number was given out, as one reads it; null: nothing is known of it. */
export function placeSaid(t: Words, language: Language, place: Place | null | undefined): string | null {
  if (!place) return null;
  const words = t.provinces.split(" ");
  const at = place.province ? words.indexOf(place.province.replace(/^CN-/, "")) : -1;
  const province = at >= 0 ? words[at + 1]?.replace("_", " ") : null;
  const city = language === "zh" ? place.city_zh : place.city;
  const country = place.country && new Intl.DisplayNames([language], { type: "region" }).of(place.country);
  const carriers: Record<string, string> = { mobile: t.mobile, unicom: t.unicom, telecom: t.telecom, broadnet: t.broadnet };
  const carrier = place.carrier && (carriers[place.carrier] ?? place.carrier);
  const where = [city !== province && city, province, !province && country].filter(Boolean).join(language === "zh" ? "，" : ", ");
  const said = [where, carrier].filter(Boolean).join(" · ");
  return said ? `${said} (${t.byPlan})` : null;
}
