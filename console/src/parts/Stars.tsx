import { dictionary, useWords } from "../words";

export const ratingWords = dictionary({
  en: {
    title: "Satisfaction",
    of: (stars: number) => `${stars} of 5 stars`,
    speed: "Speed",
    attitude: "Attitude",
    effect: "Was it solved?",
    convenience: "Convenience",
  },
  zh: {
    title: "满意度",
    of: (stars) => `${stars} 星，共 5 星`,
    speed: "响应速度",
    attitude: "服务态度",
    effect: "问题解决",
    convenience: "使用便捷",
  },
});

/** Stars as a contact gave them; readers hear the number. */
export function Stars({ stars }: { stars: number }) {
  const t = useWords(ratingWords);
  return (
    <span role="img" aria-label={t.of(stars)}>
      {"★".repeat(stars)}
      {"☆".repeat(5 - stars)}
    </span>
  );
}
