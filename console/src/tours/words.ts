import { dictionary, type Language } from "../words";
import type { Role } from "./steps";

type Steps = Record<Role, Record<string, readonly [title: string, text: string]>>;

const en: Steps = {
  agent: {
    presence: ["Say when you are there", "Press “Ready for calls” and the next caller rings here. For a break choose why; during a call you choose what comes after it."],
    phone: ["Your telephone is in this page", "The dot says whether it is connected. Behind it: microphone, ears, ring, and a check that tells you in words whether you will be heard."],
    list: ["Everything you had", "Your conversations with their clocks. One press shows what was said, the notes and the recording."],
    dial: ["Call somebody", "Type a number and press Enter. Every number on a page can be called as well. Press ? for all keys."],
    again: ["That is all", "A call rings, you answer, you write down what came of it. This tour is here again whenever you want it."],
  },
  supervisor: {
    figures: ["Is all well?", "Who waits, how long, how many gave up today. The figures are a few seconds old at most."],
    agents: ["Who does what", "Each agent with state and clock. From the row you listen in, whisper, take over, or change what they are."],
    wallboard: ["For the wall", "The same figures, readable from five metres."],
    alerts: ["What must not be missed", "Say when you want to be told: a trunk is down, everybody on a break, somebody waits too long."],
    again: ["That is all", "Try the busy hour to see the floor alive. This tour is here again whenever you want it."],
  },
  reviewer: {
    find: ["Find what was said", "A word, a phrase, in Chinese also by its sound. Press Enter."],
    filters: ["Narrow it down", "By speaker, agent, queue, time, tag, silence, or two who talk at once."],
    open: ["From a phrase to its second", "Press a line: the player opens where it was said. Comments stand at a second, and a wrong word can be corrected."],
    wallboard: ["The floor is open to you", "Who works now, and the figures of today."],
    again: ["That is all", "Space plays and pauses, arrows jump. This tour is here again whenever you want it."],
  },
  administrator: {
    guide: ["From nothing to the first call", "These steps lead there, in this order. What is done is ticked off by itself."],
    users: ["Who works here", "People with their roles, one by one or from a file. A role says what somebody may do and see."],
    numbers: ["What one may dial", "Each number leads to a flow. In an emergency a number is closed with one press."],
    flows: ["What callers hear", "Greeting, menu, queue, voicemail: every change is a version, and the one before is a press away."],
    again: ["That is all", "Look at the go-live check before callers come. This tour is here again whenever you want it."],
  },
};

const zh: Steps = {
  agent: {
    presence: ["告诉大家您在岗", "点“开始接听”，下一通来电就会在这里振铃。休息时请选择原因；通话中可以先选好之后的状态。"],
    phone: ["电话就在本页里", "圆点表示是否已连接。点开可选择麦克风、耳机和振铃设备，并检测对方能否听清您。"],
    list: ["您经手的一切", "您的会话和计时。点一下即可查看通话内容、备注和录音。"],
    dial: ["拨打电话", "输入号码后按回车。页面上的号码也都可以直接拨打。按 ? 查看全部快捷键。"],
    again: ["就这些", "来电振铃，您接听，然后记下结果。想再看一遍，随时从这里打开。"],
  },
  supervisor: {
    figures: ["一切正常吗？", "有多少人在等、等了多久、今天多少人放弃。数据最多延迟几秒。"],
    agents: ["谁在做什么", "每位坐席的状态和计时。可直接在这一行监听、耳语、接管或更改状态。"],
    wallboard: ["投到墙上", "同样的数据，五米外也能看清。"],
    alerts: ["不能错过的事", "设定何时通知您：中继中断、全员休息、有人等待过久。"],
    again: ["就这些", "试试高峰模拟，看现场忙起来。想再看一遍，随时从这里打开。"],
  },
  reviewer: {
    find: ["查找说过的话", "一个词或一句话，中文还可以按读音查找。按回车开始。"],
    filters: ["缩小范围", "按说话人、坐席、队列、时间、标签、静音或抢话筛选。"],
    open: ["从一句话到那一秒", "点一行，播放器就从说这句话的地方开始。可在某一秒写评论，也可更正识别错误。"],
    wallboard: ["现场也对您开放", "谁在工作，以及今天的数据。"],
    again: ["就这些", "空格键播放和暂停，方向键跳转。想再看一遍，随时从这里打开。"],
  },
  administrator: {
    guide: ["从零到第一通电话", "按顺序完成这些步骤即可，完成的会自动打勾。"],
    users: ["谁在这里工作", "用户及其角色，可逐个添加，也可从文件导入。角色决定能做什么、能看到什么。"],
    numbers: ["可以拨打的号码", "每个号码通向一个流程。紧急情况下可一键关闭。"],
    flows: ["来电者听到的内容", "问候、菜单、排队、留言：每次修改都是一个版本，可随时恢复上一个。"],
    again: ["就这些", "接入来电之前，请先看一遍上线检查。想再看一遍，随时从这里打开。"],
  },
};

/** What each step says. */
export const STEPS: Record<Language, Steps> = { en, zh };

export const words = dictionary({
  en: {
    tour: "Tour",
    of: (n: number, all: number) => `Step ${n} of ${all}`,
    next: "Next",
    back: "Back",
    done: "Done",
    skip: "Skip",
    keys: "← → to turn pages, Esc to leave",
  },
  zh: {
    tour: "使用引导",
    of: (n: number, all: number) => `第 ${n} 步，共 ${all} 步`,
    next: "下一步",
    back: "上一步",
    done: "完成",
    skip: "跳过",
    keys: "← → 翻页，Esc 退出",
  },
});
