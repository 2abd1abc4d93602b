import { dictionary } from "../words";

export const words = dictionary({
  en: {
    title: "Wrap-up",
    left: "left",
    extend: "30 s more",
    about: "What was it about?",
    note: "Note for whoever speaks with them next",
    required: "This queue wants an answer before you go on.",
    ready: "Done, ready",
    pause: "Done, break",
    saved: "Saved",
    none: "No categories are set up for this queue.",
    later: "Saved with the call; you can finish it after hanging up.",
    save: "Save",
  },
  zh: {
    title: "话后处理",
    left: "剩余",
    extend: "延长 30 秒",
    about: "本次通话的小结分类",
    note: "备注（供下一位接待者参考）",
    required: "此队列要求先选择小结分类。",
    ready: "完成并就绪",
    pause: "完成并小休",
    saved: "已保存",
    none: "此队列尚未配置小结分类。",
    later: "随通话保存，挂断后可继续填写。",
    save: "保存",
  },
});
