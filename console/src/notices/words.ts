import { dictionary } from "../words";

/** The words of the bell. */
export const words = dictionary({
  en: {
    title: "Notices",
    titleNew: (count: string) => `Notices, ${count} new`,
    empty: "Nothing yet. Here stands what concerns you alone: tickets you are given, ratings, notes of your supervisor, calls you promised.",
    settings: "How I am told",
    fresh: "new",
    more: "Show earlier ones",
  },
  zh: {
    title: "通知",
    titleNew: (count) => `通知，${count} 条新通知`,
    empty: "暂无通知。这里只显示与您本人有关的事项：分配给您的工单、客户评价、班长的提示、您承诺的回电。",
    settings: "通知方式",
    fresh: "新",
    more: "显示更早的通知",
  },
});

/** What the kinds of notices are called. */
export const kindNames = dictionary({
  en: {
    enquiry: "New enquiry",
    text_overdue: "Answer overdue",
    ticket_assigned: "Ticket given to me",
    ticket_due: "Ticket nearly due",
    ticket_overdue: "Ticket overdue",
    rating: "Rating",
    permissions: "My roles changed",
    side_note: "Note from a supervisor",
    callback_due: "Promised call is due",
    left_message: "Message left",
  } as Record<string, string>,
  zh: {
    enquiry: "新咨询",
    text_overdue: "回复超时",
    ticket_assigned: "分配给我的工单",
    ticket_due: "工单即将到期",
    ticket_overdue: "工单超时",
    rating: "评价",
    permissions: "我的角色变更",
    side_note: "班长提示",
    callback_due: "承诺回电到时",
    left_message: "语音留言",
  } as Record<string, string>,
});

/** The channels by which they come. */
export const channelNames = dictionary({
  en: { list: "List", sound: "Sound", desktop: "Pop-up" } as Record<string, string>,
  zh: { list: "列表", sound: "声音", desktop: "弹窗" } as Record<string, string>,
});
