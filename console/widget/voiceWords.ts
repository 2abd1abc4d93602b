const en = {
  record: "Record a voice note",
  recording: "Recording, two minutes at most:",
  stop: "Stop",
  listen: "Your voice note",
  keep: "Attach",
  discard: "Discard",
  noMicrophone: "The browser gives no microphone. Allow it for this page, then try again.",
  file: "voice note",
};

export type VoiceWords = typeof en;

const zh: VoiceWords = {
  record: "录制语音",
  recording: "正在录音，最长两分钟：",
  stop: "停止",
  listen: "您的语音",
  keep: "添加",
  discard: "放弃",
  noMicrophone: "浏览器未提供麦克风。请允许本页使用麦克风后重试。",
  file: "语音",
};

export const voiceWordsOf = (language: "en" | "zh-CN"): VoiceWords => (language === "en" ? en : zh);
