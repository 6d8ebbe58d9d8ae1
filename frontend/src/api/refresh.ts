const LOCK = "voicecbt-refresh";

let running: Promise<boolean> | null = null;

async function refresh(): Promise<boolean> {
  try {
    const response = await fetch("/api/v1/auth/refresh", {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ token_delivery: "cookie" }),
    });
    return response.ok;
  } catch {
    return false;
  }
}

/** Refresh tokens are used once: two tabs that send the same one would be taken for a theft and signed out. */
async function oneTabAtATime(work: () => Promise<boolean>): Promise<boolean> {
  return "locks" in navigator ? await navigator.locks.request(LOCK, work) : work();
}

/** Exchanges the refresh cookie for a new pair; calls that come while one is under way share its outcome. */
export function refreshOnce(): Promise<boolean> {
  running ??= oneTabAtATime(refresh).finally(() => {
    running = null;
  });
  return running;
}
