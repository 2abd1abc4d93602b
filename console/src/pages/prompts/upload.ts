import type { Shown } from "../../api";
import { upload as send } from "../../parts/upload";

/** As large as the server takes (agent-gateway/src/routes/prompts.rs). */
export const LARGEST = 16 * 1024 * 1024;

export const upload = send<Shown["PromptTake"]>;
