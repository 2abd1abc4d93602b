/** The browser lets a page ask only when somebody has just pressed something. */
export function askForDesktop(): void {
  if ("Notification" in window && Notification.permission === "default") void Notification.requestPermission();
}

/** A notice on the desktop of who looks elsewhere and lets us; a press on it leads back here. One of a tag takes the place of the one before. */
export function onDesktop(text: string, options: NotificationOptions & { tag: string }, pressed?: () => void): Notification | null {
  if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return null;
  const notice = new Notification(text, options);
  notice.onclick = () => {
    window.focus();
    pressed?.();
  };
  return notice;
}
