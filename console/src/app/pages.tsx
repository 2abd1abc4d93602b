import {
  ApartmentOutlined,
  AuditOutlined,
  BellOutlined,
  BranchesOutlined,
  ClockCircleOutlined,
  CompassOutlined,
  ContactsOutlined,
  CustomerServiceOutlined,
  FileDoneOutlined,
  FundProjectionScreenOutlined,
  GlobalOutlined,
  InfoCircleOutlined,
  KeyOutlined,
  LockOutlined,
  MessageOutlined,
  PhoneOutlined,
  PlayCircleOutlined,
  ProfileOutlined,
  RadarChartOutlined,
  RocketOutlined,
  SafetyOutlined,
  SmileOutlined,
  SnippetsOutlined,
  SoundOutlined,
  TagOutlined,
  TagsOutlined,
  TeamOutlined,
  UnorderedListOutlined,
  UsergroupAddOutlined,
} from "@ant-design/icons";
import type { ComponentType, ReactNode } from "react";
import type { Permission } from "../session";
import type { Language } from "../words";

/** A page of the console. */
export interface PageEntry {
  /** Below `/`, as the router takes it: `conversations/:id?`. Its first word is where the menu leads. */
  path: string;
  /** In the menu. */
  words: Record<Language, string>;
  icon: ReactNode;
  /** Any one of these opens it. */
  needs: readonly Permission[];
  /** In which part of the menu; without one it has no entry, and is reached from other pages. */
  group?: Group;
  /** Only for who takes work. */
  forAgents?: boolean;
  load: () => Promise<{ default: ComponentType }>;
}

export type Group = "work" | "floor" | "review" | "settings" | "channels" | "handling" | "system";

export const GROUPS: Record<Group, Record<Language, string>> = {
  work: { en: "Work", zh: "工作" },
  floor: { en: "Floor", zh: "现场" },
  review: { en: "Review", zh: "质检" },
  settings: { en: "Settings", zh: "设置" },
  channels: { en: "Channels", zh: "渠道" },
  handling: { en: "Handling", zh: "处理" },
  system: { en: "System", zh: "系统" },
};

/** In the order of the menu; the first that is open to somebody is where they begin. */
export const PAGES: readonly PageEntry[] = [
  {
    path: "desk",
    words: { en: "Desk", zh: "工作台" },
    icon: <CustomerServiceOutlined />,
    needs: ["conversations.answer"],
    forAgents: true,
    group: "work",
    load: () => import("../pages/desk"),
  },
  {
    path: "contacts/:id?",
    words: { en: "Contacts", zh: "客户" },
    icon: <ContactsOutlined />,
    needs: ["contacts.edit", "conversations.read_all"],
    group: "work",
    load: () => import("../pages/contacts"),
  },
  {
    path: "tickets/:id?",
    words: { en: "Tickets", zh: "工单" },
    icon: <FileDoneOutlined />,
    needs: ["tickets.work"],
    group: "work",
    load: () => import("../pages/tickets"),
  },
  {
    path: "phrases",
    words: { en: "Quick phrases", zh: "快捷短语" },
    icon: <SnippetsOutlined />,
    needs: ["quick_phrases.edit"],
    group: "work",
    load: () => import("../pages/phrases"),
  },
  {
    path: "floor",
    words: { en: "Floor", zh: "现场" },
    icon: <RadarChartOutlined />,
    needs: ["performance.read"],
    group: "floor",
    load: () => import("../pages/floor"),
  },
  {
    path: "wallboard",
    words: { en: "Wallboard", zh: "大屏" },
    icon: <FundProjectionScreenOutlined />,
    needs: ["performance.read"],
    group: "floor",
    load: () => import("../pages/wallboard"),
  },
  {
    path: "alerts",
    words: { en: "Alerts", zh: "告警" },
    icon: <BellOutlined />,
    needs: ["work.assign"],
    group: "floor",
    load: () => import("../pages/alerts"),
  },
  {
    path: "review",
    words: { en: "Review", zh: "质检" },
    icon: <PlayCircleOutlined />,
    needs: ["recordings.play"],
    group: "review",
    load: () => import("../pages/review"),
  },
  {
    path: "satisfaction",
    words: { en: "Satisfaction", zh: "满意度" },
    icon: <SmileOutlined />,
    needs: ["performance.read"],
    group: "review",
    load: () => import("../pages/satisfaction"),
  },
  {
    path: "guide",
    words: { en: "First steps", zh: "新手引导" },
    icon: <CompassOutlined />,
    needs: ["settings.manage"],
    group: "settings",
    load: () => import("../pages/guide"),
  },
  {
    path: "go-live",
    words: { en: "Go live", zh: "上线检查" },
    icon: <RocketOutlined />,
    needs: ["settings.manage", "system.maintain"],
    group: "settings",
    load: () => import("../pages/go-live"),
  },
  {
    path: "users",
    words: { en: "Users", zh: "用户" },
    icon: <TeamOutlined />,
    needs: ["users.manage"],
    group: "settings",
    load: () => import("../pages/users"),
  },
  {
    path: "queues",
    words: { en: "Queues", zh: "队列" },
    icon: <UnorderedListOutlined />,
    needs: ["queues.edit"],
    group: "settings",
    load: () => import("../pages/queues"),
  },
  {
    path: "hours",
    words: { en: "Opening hours", zh: "营业时间" },
    icon: <ClockCircleOutlined />,
    needs: ["settings.manage"],
    group: "settings",
    load: () => import("../pages/hours"),
  },
  {
    path: "numbers",
    words: { en: "Numbers", zh: "号码" },
    icon: <PhoneOutlined />,
    needs: ["inboxes.read"],
    group: "channels",
    load: () => import("../pages/numbers"),
  },
  {
    path: "sites",
    words: { en: "Text inboxes", zh: "文字渠道" },
    icon: <MessageOutlined />,
    needs: ["inboxes.edit"],
    group: "channels",
    load: () => import("../pages/sites"),
  },
  {
    path: "flows",
    words: { en: "Flows", zh: "流程" },
    icon: <ApartmentOutlined />,
    needs: ["flows.read"],
    group: "channels",
    load: () => import("../pages/flows"),
  },
  {
    path: "prompts",
    words: { en: "Prompts", zh: "提示音" },
    icon: <SoundOutlined />,
    needs: ["flows.read"],
    group: "channels",
    load: () => import("../pages/prompts"),
  },
  {
    path: "trunks",
    words: { en: "Trunks", zh: "中继" },
    icon: <GlobalOutlined />,
    needs: ["trunks.manage"],
    group: "channels",
    load: () => import("../pages/trunks"),
  },
  {
    path: "rules",
    words: { en: "Rules", zh: "规则" },
    icon: <BranchesOutlined />,
    needs: ["settings.manage"],
    group: "handling",
    load: () => import("../pages/rules"),
  },
  {
    path: "ticket-types",
    words: { en: "Ticket types", zh: "工单类型" },
    icon: <ProfileOutlined />,
    needs: ["settings.manage"],
    group: "handling",
    load: () => import("../pages/ticket-types"),
  },
  {
    path: "tags",
    words: { en: "Tags", zh: "标签" },
    icon: <TagOutlined />,
    needs: ["settings.manage"],
    group: "handling",
    load: () => import("../pages/tags"),
  },
  {
    path: "segments",
    words: { en: "Segments", zh: "客户分群" },
    icon: <UsergroupAddOutlined />,
    needs: ["settings.manage"],
    group: "handling",
    load: () => import("../pages/segments"),
  },
  {
    path: "dispositions",
    words: { en: "Dispositions", zh: "小结分类" },
    icon: <TagsOutlined />,
    needs: ["queues.edit"],
    group: "handling",
    load: () => import("../pages/dispositions"),
  },
  {
    path: "tokens",
    words: { en: "API tokens", zh: "API 令牌" },
    icon: <KeyOutlined />,
    needs: ["rights.grant"],
    group: "system",
    load: () => import("../pages/tokens"),
  },
  {
    path: "audit",
    words: { en: "Audit log", zh: "审计日志" },
    icon: <AuditOutlined />,
    needs: ["audit.read"],
    group: "system",
    load: () => import("../pages/audit"),
  },
  {
    path: "limits",
    words: { en: "Limits", zh: "限制" },
    icon: <SafetyOutlined />,
    needs: ["system.maintain"],
    group: "system",
    load: () => import("../pages/limits"),
  },
  {
    path: "security",
    words: { en: "Security", zh: "安全" },
    icon: <LockOutlined />,
    needs: ["queues.read"],
    load: () => import("../pages/security"),
  },
  {
    path: "about",
    words: { en: "About", zh: "关于" },
    icon: <InfoCircleOutlined />,
    needs: ["queues.read"],
    group: "system",
    load: () => import("../pages/about"),
  },
];

/** Where the menu leads. */
export const placeOf = (page: PageEntry) => `/${page.path.split("/")[0] ?? ""}`;
