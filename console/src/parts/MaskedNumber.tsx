import { useSession } from "../session/session";
import { dictionary, useWords } from "../words";

const words = dictionary({
  en: { withheld: "Number withheld", masked: "Part of the number is hidden: your role does not show it" },
  zh: { withheld: "未显示号码", masked: "部分号码已隐藏：您的角色无权查看完整号码" },
});

/** What a telephone is told in full, as a page shows it to who may not see it: the last three digits of what is no extension. */
function hidden(number: string): string {
  return number.length <= 4 || number.includes("•") ? number : number.slice(0, -3).replaceAll(/\d/g, "•") + number.slice(-3);
}

/** A telephone number as far as this reader may see it. */
export function MaskedNumber({ number: given }: { number: string | null | undefined }) {
  const t = useWords(words);
  const { may } = useSession();
  const number = given && !may("numbers.unmasked") ? hidden(given) : given;
  if (!number || number === "anonymous") return <span className="soft">{t.withheld}</span>;
  return (
    <span className="figures" title={number.includes("•") ? t.masked : undefined} style={{ whiteSpace: "nowrap" }}>
      {number}
    </span>
  );
}
