import type { QueryKey } from "@tanstack/react-query";
import type { Happened } from "./line";

/**
 * What was read and is out of date when this happened, by the beginning of its key. An event carries no truth of its own beyond a
 * number and a hint: the page reads again. Keys: the noun first, then the id.
 */
export function touched(happened: Happened): QueryKey[] {
  const keys = ofKind(happened);
  // What I asked a help desk of the house, as whoever asks.
  return happened.data.asked === true ? [...keys, ["help_desk"]] : keys;
}

function ofKind({ type, data }: Happened): QueryKey[] {
  const about = (noun: string, id: unknown): QueryKey => (typeof id === "string" ? [noun, id] : [noun]);
  switch (type) {
    case "presence_changed":
      return [["presence"], ["agents"], ["queues"], ["mentoring", "talks"]];
    case "mentor_attached":
    case "mentor_detached":
      return [["mentors"], ["mentoring"]];
    case "suggestion_made":
    case "suggestion_settled":
      return [typeof data.about === "string" ? ["conversation", data.about, "suggestions"] : ["conversation"]];
    case "work_queued":
    case "work_left":
    case "work_offered":
    case "offer_ended":
      return [["work_items"], ["queues"], ["offers"]];
    case "message_created":
      // Whether somebody waits for an answer stands beside what is in hand.
      return [["conversations"], about("conversation", data.conversation), ["offers"]];
    case "channel_changed":
      return [["channels"]];
    case "left_messages_waiting":
    case "voicemail_left":
    case "left_message_updated":
      return [["left_messages"]];
    case "callback_due":
    case "callback_changed":
      return [["callbacks"]];
    case "unserved_changed":
      return [["unserved"]];
    case "tag_list_changed":
      return [["tags"], ["conversations"], ["contacts"]];
    case "segment_changed":
      return [["segments"], ["contacts"]];
    case "quick_phrases_changed":
      return [["quick_phrases"]];
    case "staff_room_changed":
    case "staff_line_said":
    case "staff_line_recalled":
      return [["staff_rooms"], about("staff_room", data.room)];
    case "staff_room_read":
      return [["staff_rooms"]];
    case "shared_files_changed":
      return [["shared_files"]];
    case "notice_given":
    case "notices_read":
      return [["notices"]];
    case "notice_choices_changed":
      return [["notice_choices"]];
    case "ticket_changed":
      return [["tickets"]];
    case "ticket_setup_changed":
      return [["ticket_types"], ["departments"]];
    case "contact_file_changed":
      return [["contacts"]];
    case "calendar_changed":
      return [["calendars"]];
    case "text_filters_changed":
      return [["text_filters"]];
    case "rules_changed":
      return [["rules"]];
    case "agent_changed":
      return [["agents"], ["users"]];
    case "queue_changed":
      return [["queues"], about("queue", data.queue), ["agents"]];
    case "inbox_changed":
    case "inbox_closed":
    case "inbox_opened":
      return [["inboxes"], ["numbers"]];
    case "trunk_changed":
      return [["trunks"]];
    case "flow_published":
      return [["flows"], about("flow", data.flow)];
    case "prompt_changed":
      return [["prompts"], typeof data.language === "string" ? ["prompt", data.language, data.prompt] : ["prompt"]];
    case "dispositions_published":
      return [["dispositions"]];
    case "recording_updated":
      return [about("conversation", data.conversation), about("recording", data.recording)];
    case "alert_raised":
    case "alert_ended":
    case "alert_acknowledged":
      return [["alerts"]];
    case "help_wanted":
    case "help_settled":
      return [["help"]];
    case "recording_commented":
      return [about("recording", data.recording)];
    case "caption":
    case "typing":
    case "looking":
      return []; // It is shown as it comes.
    default:
      // What is about a conversation changes its line in the lists, and its page.
      return "conversation" in data ? [["conversations"], about("conversation", data.conversation)] : [];
  }
}
