const KEY = "voicecbt.session";

/** Remembers the running session of this tab, so that a reload goes on where it was. */
export interface SessionStore {
  read(): string | null;
  write(sessionId: string | null): void;
}

/** In sessionStorage: it holds an id and nothing that was said. */
export const tabSessionStore: SessionStore = {
  read: () => sessionStorage.getItem(KEY),
  write: (sessionId) => {
    if (sessionId === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, sessionId);
  },
};
