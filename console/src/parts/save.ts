/** Give the reader something as a file of their own. */
export function saveAs(name: string, kind: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: kind }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  // Some browsers read it only a while after the press.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
