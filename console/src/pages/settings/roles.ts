import { dictionary } from "../../words";

/** The roles that every account is born with; others show their own name. */
export const roleNames = dictionary({
  en: {
    agent: "Agent",
    leader: "Supervisor",
    manager: "Administrator",
    technician: "Technician",
    reviewer: "Reviewer",
    operator: "Campaign operator",
  } as Record<string, string>,
  zh: {
    agent: "坐席",
    leader: "班长",
    manager: "管理员",
    technician: "运维",
    reviewer: "质检员",
    operator: "外呼专员",
  } as Record<string, string>,
});
