import { describe, expect, it } from "vitest";
import { Dialog, field, read } from "./sip";

const words = () => {
  let n = 0;
  return () => `w${(n += 1)}`;
};
const sent = (text: string | null) => {
  const message = read(text ?? "");
  if (!message) throw new Error("no message");
  return message;
};
/** As the centre answers a request of ours. */
const answer = (request: string, status: number, more = "", body = "") => {
  const asked = sent(request);
  const echoed = ["via", "from", "call-id", "cseq"].map((name) => `${name}: ${field(asked, name)}`).join("\r\n");
  return sent(`SIP/2.0 ${status} X\r\n${echoed}\r\nTo: ${field(asked, "to")};tag=far\r\n${more}\r\n${body}`);
};

describe("a call's messages", () => {
  it("calls, is answered, and hangs up within one dialog", () => {
    const dialog = new Dialog("ticket", "centre.example", "WSS", words());
    const invite = dialog.invite("v=0\r\n");
    const asked = sent(invite);
    expect([asked.method, asked.cseq, asked.body]).toEqual(["INVITE", 1, "v=0\r\n"]);
    expect(invite.startsWith("INVITE sip:ticket@centre.example SIP/2.0\r\n")).toBe(true);
    expect(field(asked, "content-length")).toBe("5");
    expect(dialog.answered(answer(invite, 180))).toBeNull();
    const ack = dialog.answered(answer(invite, 200, "Contact: <sip:ticket@192.0.2.9:5062;transport=ws>\r\n", "v=0\r\n"));
    expect(ack?.startsWith("ACK sip:ticket@192.0.2.9:5062;transport=ws SIP/2.0")).toBe(true);
    expect(field(sent(ack), "via")).not.toBe(field(asked, "via"));
    const bye = sent(dialog.bye());
    expect([bye.method, bye.cseq, field(bye, "to")]).toEqual(["BYE", 2, "<sip:ticket@centre.example>;tag=far"]);
    expect([sent(dialog.here()).method, sent(dialog.here()).cseq]).toEqual(["OPTIONS", 4]);
    expect([field(bye, "from"), field(bye, "call-id")]).toEqual([field(asked, "from"), field(asked, "call-id")]);
  });

  it("takes a refusal, and gives up with what belongs to its INVITE", () => {
    const dialog = new Dialog("ticket", "centre.example", "WS", words());
    const invite = dialog.invite("v=0\r\n");
    const cancel = sent(dialog.cancel());
    expect([cancel.method, cancel.cseq, field(cancel, "via")]).toEqual(["CANCEL", 1, field(sent(invite), "via")]);
    const ack = sent(dialog.answered(answer(invite, 487)));
    expect([ack.method, field(ack, "via"), field(ack, "to")]).toEqual(["ACK", field(sent(invite), "via"), "<sip:ticket@centre.example>;tag=far"]);
    expect(field(sent(dialog.cancel()), "to")).toBe("<sip:ticket@centre.example>");
  });

  it("answers with what was asked, every Via in its place", () => {
    const dialog = new Dialog("ticket", "centre.example", "WS", words());
    const bye = sent("BYE sip:visitor@w3.invalid SIP/2.0\r\nVia: one\r\nVia: two\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>;tag=2\r\nCall-ID: w1\r\nCSeq: 7 BYE\r\n\r\n");
    const ok = sent(dialog.reply(bye, 200, "OK"));
    expect([ok.status, ok.method, ok.cseq, ok.fields.get("via")]).toEqual([200, "BYE", 7, ["one", "two"]]);
    expect([dialog.isOurs(bye), dialog.isOurs({ ...bye, fields: new Map() })]).toEqual([true, false]);
  });

  it("takes nothing for SIP that is none", () => {
    for (const text of ["", "\r\n\r\n", "hello", "SIP/2.0 200 OK\r\n\r\n", "BYE x SIP/2.0\r\nCSeq: x\r\n\r\n"]) expect(read(text)).toBeNull();
  });
});
