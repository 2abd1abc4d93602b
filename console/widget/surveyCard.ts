import type { Chat, Frame } from "./chat";
import { el } from "./elements";
import { asked, type Aspect, type Survey } from "./survey";
import type { SurveyWords } from "./surveyWords";

/** The card below a conversation that is over: stars, more stars, words. Radio buttons, so that keys and readers know them. */
export class SurveyCard {
  readonly element: HTMLElement;
  private readonly title = el("h2", { class: "survey-title" });
  private readonly fields = el("div", { class: "survey-fields" });
  private readonly button = el("button", { type: "submit", class: "send" });
  private readonly status = el("p", { class: "survey-status", role: "status" });
  private readonly box: HTMLTextAreaElement;
  private survey: Survey | null = null;
  private print = "";
  private chosen: Partial<Record<Aspect | "stars", number>> = {};

  constructor(
    private readonly words: SurveyWords,
    private readonly language: string,
    private readonly send: (frame: Frame) => boolean,
  ) {
    this.box = el("textarea", { id: "survey-words", rows: 2, maxlength: 2000 });
    const form = el("form", { class: "survey-form", submit: (event: Event) => this.submit(event) }, this.title, this.fields, this.button, this.status);
    this.element = el("section", { class: "survey", hidden: true, "aria-label": words.question }, form);
  }

  heard(frame: Frame): void {
    if (frame.t === "refused" && frame.id === null) {
      if (frame.reason === "rate_over") this.status.textContent = this.words.over;
      if (frame.reason === "rate" || frame.reason === "rate_too_fast") this.status.textContent = this.words.later;
    }
    const survey = asked(frame);
    if (!survey) return;
    // What somebody is about to choose stays, whatever comes again.
    const print = JSON.stringify(survey);
    if (print === this.print) return;
    this.print = print;
    this.survey = survey;
    this.build(survey);
  }

  /** It is shown when the conversation it is about is over. */
  draw(chat: Chat): void {
    const hidden = !this.survey || !chat.closed || chat.conversation !== this.survey.conversation;
    if (hidden === this.element.hidden) return;
    this.element.hidden = hidden;
    if (!hidden) this.element.scrollIntoView({ block: "nearest" });
  }

  private build(survey: Survey): void {
    const t = this.words;
    const { given } = survey;
    this.chosen = given ? { ...given.aspects, stars: given.stars } : {};
    this.title.textContent = survey.question[this.language.slice(0, 2)] ?? t.question;
    const rows = [this.stars("stars", t.whole), ...survey.aspects.map((one) => this.stars(one, t.aspects[one]))];
    this.box.value = given?.words ?? "";
    if (survey.words) rows.push(el("div", {}, el("label", { for: "survey-words" }, t.words), this.box));
    this.fields.replaceChildren(...rows);
    this.button.textContent = given ? t.change : t.send;
    this.status.textContent = given ? t.thanks : t.asked;
  }

  private stars(name: Aspect | "stars", legend: string): HTMLElement {
    const labels: HTMLElement[] = [];
    const light = () => labels.forEach((one, at) => one.classList.toggle("star-on", at < (this.chosen[name] ?? 0)));
    for (let n = 1; n <= 5; n += 1) {
      const choose = () => {
        this.chosen[name] = n;
        this.status.textContent = "";
        light();
      };
      const radio = el("input", { type: "radio", name, value: n, "aria-label": this.words.star(n), checked: this.chosen[name] === n, change: choose });
      labels.push(el("label", { class: "star" }, radio, el("span", { "aria-hidden": "true" }, "★")));
    }
    light();
    return el("fieldset", { class: "stars" }, el("legend", {}, legend), ...labels);
  }

  private submit(event: Event): void {
    event.preventDefault();
    const { stars, ...aspects } = this.chosen;
    if (stars === undefined) {
      this.status.textContent = this.words.choose;
      this.element.querySelector<HTMLInputElement>("input[name=stars]")?.focus();
      return;
    }
    const words = this.box.value.trim();
    const isSent = this.send({ t: "rate", stars, aspects, ...(words && { words }) });
    if (!isSent) this.status.textContent = this.words.later;
  }
}
