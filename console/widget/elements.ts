type Props = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

/** An element. What is in it is text or elements, never markup: whatever somebody writes stays what they wrote. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...inside: (Node | string | null)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") made.addEventListener(name, value as EventListener);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...inside.filter((one) => one !== null));
  return made;
}

/** A drawing in one stroke, 24 by 24. */
export function icon(path: string): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
