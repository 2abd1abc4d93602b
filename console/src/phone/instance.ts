/**
 * The telephone's id: one per tab, and the same after a reload, so that the server knows its page again (RFC 5626). A tab that was
 * duplicated has its twin's storage; whoever comes second to the lock is another telephone.
 */
const NAME = "ringdesk.instance";

function stored(): string {
  try {
    const known = sessionStorage.getItem(NAME);
    if (known) return known;
  } catch {
    return crypto.randomUUID();
  }
  return fresh();
}

function fresh(): string {
  const id = crypto.randomUUID();
  try {
    sessionStorage.setItem(NAME, id);
  } catch {
    // Good until the next reload.
  }
  return id;
}

/** Waits a moment for the page before a reload to let go of it. */
const PATIENCE = 1_500;

export async function instance(): Promise<string> {
  const id = stored();
  if (!navigator.locks) return id;
  return (await held(id)) ? id : fresh();
}

/** Hold a name as long as this page lives. */
function held(id: string): Promise<boolean> {
  const signal = AbortSignal.timeout(PATIENCE);
  return new Promise((said) => {
    navigator.locks
      .request(`ringdesk-phone-${id}`, { signal }, () => {
        said(true);
        return new Promise<never>(() => undefined);
      })
      .catch(() => said(false));
  });
}
