/**
 * As much of SIP (RFC 3261, over a WebSocket: RFC 7118) as one call of a page to its own centre needs. Pure: messages in and out as text;
 * the socket and the sound are elsewhere.
 */
export interface Message {
  /** Of a response. */
  status: number | null;
  /** Of a request; of a response, the method that it answers. */
  method: string;
  cseq: number;
  /** By their names in small letters, in their order. */
  fields: ReadonlyMap<string, readonly string[]>;
  body: string;
}

/** `null`: a keepalive, or nothing of SIP. */
export function read(text: string): Message | null {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...rest] = (end < 0 ? text : text.slice(0, end)).split("\r\n");
  const fields = new Map<string, string[]>();
  for (const line of rest) {
    const at = line.indexOf(":");
    if (at < 1) continue;
    const name = line.slice(0, at).trim().toLowerCase();
    fields.set(name, [...(fields.get(name) ?? []), line.slice(at + 1).trim()]);
  }
  const status = /^SIP\/2\.0 ([1-6]\d\d)/.exec(first)?.[1];
  const asked = /^([A-Z]+) \S+ SIP\/2\.0$/.exec(first)?.[1];
  const cseq = /^(\d+)\s+([A-Z]+)$/.exec(fields.get("cseq")?.[0] ?? "");
  if (!cseq?.[2] || (!status && !asked)) return null;
  return { status: status ? Number(status) : null, method: asked ?? cseq[2], cseq: Number(cseq[1]), fields, body: end < 0 ? "" : text.slice(end + 4) };
}

export const field = (message: Message, name: string) => message.fields.get(name)?.[0] ?? "";

/** What stands between the angle brackets of a Contact. */
const target = (contact: string) => /<([^>]+)>/.exec(contact)?.[1] ?? null;

const bytes = (text: string) => new TextEncoder().encode(text).length;
const message = (first: string, fields: readonly string[], body: string) =>
  [first, ...fields, ...(body ? ["Content-Type: application/sdp"] : []), `Content-Length: ${bytes(body)}`, "", body].join("\r\n");

const ALLOW = "Allow: INVITE, ACK, CANCEL, BYE, UPDATE, OPTIONS, INFO";

/** One dialog that we begin: what both sides call each other in it. */
export class Dialog {
  private readonly uri: string;
  private readonly callId: string;
  private readonly tag: string;
  private readonly own: string;
  private readonly branch: string;
  private to: string;
  /** Where the other side wants its requests, once it has said so. */
  private remote: string | null = null;
  private cseq = 1;

  /** `called`: the user part whom we call; `random`: words that nobody else has. */
  constructor(
    called: string,
    host: string,
    private readonly transport: "WS" | "WSS",
    private readonly random: () => string,
  ) {
    this.uri = `sip:${called}@${host}`;
    this.to = `<${this.uri}>`;
    [this.callId, this.tag, this.own, this.branch] = [random(), random(), random(), `z9hG4bK${random()}`];
  }

  invite(offer: string): string {
    return this.request("INVITE", this.uri, 1, this.branch, offer, [`Contact: <sip:visitor@${this.own}.invalid;transport=ws>`, ALLOW]);
  }

  /** Of the INVITE that has no final answer. */
  cancel(): string {
    return this.request("CANCEL", this.uri, 1, this.branch, "", [], `<${this.uri}>`);
  }

  /** A response to our INVITE; what is to be sent at once, if anything is. */
  answered(response: Message): string | null {
    const { status } = response;
    if (status === null || status < 200) return null;
    this.to = field(response, "to");
    if (status >= 300) return this.request("ACK", this.uri, 1, this.branch, "", []);
    this.remote = target(field(response, "contact")) ?? this.remote;
    return this.request("ACK", this.remote ?? this.uri, 1, this.fresh(), "", []);
  }

  bye(): string {
    return this.inside("BYE");
  }

  /** Something that asks for nothing, so that the other side sees over which connection we are reached now. */
  here(): string {
    return this.inside("OPTIONS");
  }

  /** Our answer to a request of theirs. */
  reply(request: Message, status: number, reason: string, answer = ""): string {
    const echoed = ["via", "from", "to", "call-id", "cseq"].flatMap((name) => (request.fields.get(name) ?? []).map((value) => `${name}: ${value}`));
    const contact = answer ? [`Contact: <sip:visitor@${this.own}.invalid;transport=ws>`] : [];
    return message(`SIP/2.0 ${status} ${reason}`, [...echoed, ...contact, ALLOW], answer);
  }

  isOurs(message: Message): boolean {
    return field(message, "call-id") === this.callId;
  }

  private inside(method: string): string {
    this.cseq += 1;
    return this.request(method, this.remote ?? this.uri, this.cseq, this.fresh(), "", []);
  }

  private fresh(): string {
    return `z9hG4bK${this.random()}`;
  }

  private request(method: string, uri: string, cseq: number, branch: string, body: string, more: readonly string[], to = this.to): string {
    const fields = [
      `Via: SIP/2.0/${this.transport} ${this.own}.invalid;branch=${branch}`,
      "Max-Forwards: 70",
      `From: <sip:visitor@${this.own}.invalid>;tag=${this.tag}`,
      `To: ${to}`,
      `Call-ID: ${this.callId}`,
      `CSeq: ${cseq} ${method}`,
    ];
    return message(`${method} ${uri} SIP/2.0`, [...fields, ...more], body);
  }
}
