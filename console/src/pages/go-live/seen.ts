/** What the server saw of a check, by its code (core/readiness/src/seen.rs): a sentence of the values that came with it. */
export type Values = Record<string, string>;
type Sentences = Record<string, (v: Values) => string>;

const count = (value: string | undefined) => Number(value ?? 0);
const some = (value: number, unit: string) => `${value} ${unit}${value === 1 ? "" : "s"}`;
const days = (value: string | undefined) => some(count(value), "day");

/** Seconds, in the largest unit that says enough. */
function span(seconds: number): [number, "minute" | "hour" | "day"] {
  if (seconds < 3_600) return [Math.floor(seconds / 60), "minute"];
  return seconds < 2 * 86_400 ? [Math.floor(seconds / 3_600), "hour"] : [Math.floor(seconds / 86_400), "day"];
}

function agoEn(value: string | undefined): string {
  const [number, unit] = span(count(value));
  return `${some(number, unit)} ago`;
}

function agoZh(value: string | undefined): string {
  const [number, unit] = span(count(value));
  return `${number} ${{ minute: "分钟", hour: "小时", day: "天" }[unit]}前`;
}

const en: Sentences = {
  no_certificate: () => "There is no certificate that can be used.",
  expired: (v) => `It has expired; it was for ${v.names}.`,
  not_yet: (v) => `It is not valid yet; it is for ${v.names}.`,
  no_other: (v) => `For ${v.names}, and the authority gives no other: ${v.why}`,
  ends_soon: (v) => `For ${v.names}; it ends in ${days(v.days)}.`,
  own_authority: (v) => `For ${v.names}, by this server's own authority.`,
  good_for: (v) => `For ${v.names}, good for ${days(v.days)}.`,
  listens_nowhere: () => "SIP listens nowhere.",
  only_here: () => "It can be reached from this machine only.",
  told: (v) => `${v.name} is told ${v.address}.`,
  all_private: () => "Every interface has a private address: who is not in these networks hears nothing.",
  both_ways: (v) => `Heard and sent in a call ${agoEn(v.ago)}.`,
  last_heard: (v) => `Last heard ${agoEn(v.ago)}.`,
  never_heard: () => "No caller was heard since the start who heard us.",
  no_trunk: () => "There is no trunk.",
  no_trunk_out: () => "No trunk can be dialled out over.",
  down: (v) => `Down: ${v.trunks}.`,
  none_in: () => "No call in was ever answered, or not of late.",
  none_out: () => "No call out was ever answered, or not of late.",
  not_proven: (v) => `Not proven: ${v.trunks}.`,
  answered_over: (v) => `Answered calls over ${v.trunks}.`,
  keys_in_clear: (v) => `The sound is encrypted, and anybody on the way reads its keys: ${v.lines}.`,
  keys_unknown: () => "Nobody could ask how the telephones are connected.",
  keys_kept: () => "No keys of sound travel where others read them.",
  clock_follows: () => "The system's clock follows others.",
  clock_alone: () => "The system does not say that its clock follows others.",
  clock_unknown: () => "Nobody could ask the system about its clock.",
  disk_unknown: () => "Nobody could look at the disk.",
  disk_full: (v) => `${v.free} GB are free.`,
  disk_lasts: (v) => `${v.free} GB are free: ${days(v.days)} as things go.`,
  disk_unreckoned: (v) => `${v.free} GB are free; nothing is recorded yet to reckon by.`,
  backup_unknown: () => "This version makes no backups, and does not know of yours.",
  no_backup: () => "There is no backup.",
  backed_up: (v) => `The last one was made ${agoEn(v.ago)}.`,
  not_understood: (v) => `Nobody understands ${v.languages}: its calls are recorded, and have no transcripts.`,
  no_engine: () => "No engine is there.",
  engines: (v) => v.engines ?? "",
  not_announced: (v) => `Recorded, and callers are not told: ${v.inboxes}.`,
  announced: () => "Callers are told wherever calls are recorded.",
  nothing_recorded: () => "Nothing is recorded.",
  holidays_unknown: () => "Nobody could look for them.",
  no_holidays: () => "No calendar has holidays in the year ahead.",
  holidays_entered: () => "They are entered.",
  no_queue_step: () => "No flow leads to a queue.",
  every_way_out: () => "Every queue step says what becomes of a caller when nobody works.",
  no_way_out: (v) => `When nobody works the caller hears an apology and is hung up: ${v.steps}.`,
  all_have_second: (v) => `All ${v.count} who may change rights have one.`,
  without_second: (v) => `Without one, and may change rights: ${v.logins}.`,
  no_demo: () => "The demonstration is not there.",
  demo_there: () => "People and numbers of the demonstration are there.",
  demo_unknown: () => "Nobody could look.",
};

const zh: Sentences = {
  no_certificate: () => "没有可用的证书。",
  expired: (v) => `证书已过期（${v.names}）。`,
  not_yet: (v) => `证书尚未生效（${v.names}）。`,
  no_other: (v) => `用于 ${v.names}，签发机构未能续签：${v.why}`,
  ends_soon: (v) => `用于 ${v.names}，${v.days} 天后到期。`,
  own_authority: (v) => `用于 ${v.names}，由本服务器自签。`,
  good_for: (v) => `用于 ${v.names}，还有 ${v.days} 天有效。`,
  listens_nowhere: () => "SIP 没有监听任何地址。",
  only_here: () => "只能从本机访问。",
  told: (v) => `${v.name} 对外地址为 ${v.address}。`,
  all_private: () => "所有网络接口都是私有地址：网络之外的人听不到声音。",
  both_ways: (v) => `${agoZh(v.ago)}的通话中双向有声。`,
  last_heard: (v) => `上次听到声音是${agoZh(v.ago)}。`,
  never_heard: () => "启动以来还没有双向有声的通话。",
  no_trunk: () => "没有中继。",
  no_trunk_out: () => "没有可以呼出的中继。",
  down: (v) => `中断：${v.trunks}。`,
  none_in: () => "从未或近期没有接通过呼入电话。",
  none_out: () => "从未或近期没有接通过呼出电话。",
  not_proven: (v) => `尚未验证：${v.trunks}。`,
  answered_over: (v) => `已通过 ${v.trunks} 接通电话。`,
  keys_in_clear: (v) => `语音已加密，但密钥以明文传输，途中任何人都能读取：${v.lines}。`,
  keys_unknown: () => "无法查询话机的连接方式。",
  keys_kept: () => "语音密钥不会被途中他人读取。",
  clock_follows: () => "系统时钟已同步。",
  clock_alone: () => "系统没有报告时钟已同步。",
  clock_unknown: () => "无法查询系统时钟状态。",
  disk_unknown: () => "无法查看磁盘。",
  disk_full: (v) => `剩余 ${v.free} GB。`,
  disk_lasts: (v) => `剩余 ${v.free} GB，按目前用量可用 ${v.days} 天。`,
  disk_unreckoned: (v) => `剩余 ${v.free} GB，还没有录音可供估算。`,
  backup_unknown: () => "此版本不做备份，也不知道您是否有备份。",
  no_backup: () => "没有备份。",
  backed_up: (v) => `上次备份是${agoZh(v.ago)}。`,
  not_understood: (v) => `没有引擎能识别 ${v.languages}：通话有录音，没有文字。`,
  no_engine: () => "没有识别引擎。",
  engines: (v) => v.engines ?? "",
  not_announced: (v) => `有录音但没有告知来电者：${v.inboxes}。`,
  announced: () => "凡有录音之处都已告知来电者。",
  nothing_recorded: () => "没有录音。",
  holidays_unknown: () => "无法查看节假日。",
  no_holidays: () => "未来一年没有录入任何节假日。",
  holidays_entered: () => "已录入。",
  no_queue_step: () => "没有流程通向队列。",
  every_way_out: () => "每个队列步骤都规定了无人值守时的去向。",
  no_way_out: (v) => `无人值守时来电者只听到致歉并被挂断：${v.steps}。`,
  all_have_second: (v) => `有权更改权限的 ${v.count} 人都已设置。`,
  without_second: (v) => `有权更改权限但未设置：${v.logins}。`,
  no_demo: () => "没有演示数据。",
  demo_there: () => "存在演示用户和号码。",
  demo_unknown: () => "无法查看。",
};

const of = (sentences: Sentences) => (code: string, values: Values, english: string) => sentences[code]?.(values) ?? english;

/** The sentence; of what this console does not know yet the server's own, in English. */
export const seen = { en: of(en), zh: of(zh) };
