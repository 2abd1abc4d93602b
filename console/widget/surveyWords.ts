/** What a visitor is asked when it is over, in their language. */
const en = {
  asked: "You can rate this conversation below.",
  question: "How satisfied are you with our service?",
  whole: "All in all",
  star: (n: number) => `${n} of 5 stars`,
  aspects: { speed: "Speed", attitude: "Attitude", effect: "Was it solved?", convenience: "Convenience" },
  words: "Anything else? (optional)",
  send: "Send rating",
  change: "Change rating",
  choose: "Choose one to five stars first.",
  thanks: "Thank you for your rating. You can change it for a day.",
  over: "This conversation can no longer be rated.",
  later: "Your rating was not sent. Try again in a moment.",
};

export type SurveyWords = typeof en;

const zh: SurveyWords = {
  asked: "您可以在下方评价本次对话。",
  question: "您对本次服务满意吗？",
  whole: "总体评价",
  star: (n) => `${n} 星，共 5 星`,
  aspects: { speed: "响应速度", attitude: "服务态度", effect: "问题解决", convenience: "使用便捷" },
  words: "您还想说些什么？（选填）",
  send: "提交评价",
  change: "修改评价",
  choose: "请先选择一到五星。",
  thanks: "感谢您的评价，一天之内可以修改。",
  over: "本次对话已无法评价。",
  later: "评价未能提交，请稍后再试。",
};

export const surveyWordsOf = (language: string): SurveyWords => (language.startsWith("zh") ? zh : en);
