import { dictionary } from "../words";

/** Of channels, as a conversation names them. */
export const channelNames = dictionary({
  en: { phone: "Telephone", web_chat: "Web chat", api: "Messages", email: "E-mail", sms: "SMS", help_desk: "Help desk" } as Record<string, string>,
  zh: { phone: "电话", web_chat: "网页聊天", api: "消息", email: "邮件", sms: "短信", help_desk: "内部服务台" } as Record<string, string>,
});
