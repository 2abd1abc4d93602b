import { dictionary } from "../../words";

/** The roles that every account is born with, under every name a house may give them; others show their own name. */
export const roleNames = dictionary({
  en: {
    agent: "Agent",
    leader: "Supervisor",
    supervisor: "Supervisor",
    manager: "Administrator",
    admin: "Administrator",
    administrator: "Administrator",
    technician: "Technician",
    reviewer: "Reviewer",
    operator: "Campaign operator",
    department: "Department",
  } as Record<string, string>,
  zh: {
    agent: "坐席",
    leader: "班长",
    supervisor: "班长",
    manager: "管理员",
    admin: "管理员",
    administrator: "管理员",
    technician: "运维",
    reviewer: "质检员",
    operator: "外呼专员",
    department: "业务部门",
  } as Record<string, string>,
});
