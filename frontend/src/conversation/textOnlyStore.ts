const KEY = "voicecbt.text-only";

/** Whether replies are to be read and not spoken, on this device: it is about who may be in the room. */
export function readTextOnly(): boolean {
  return localStorage.getItem(KEY) !== null;
}

export function rememberTextOnly(textOnly: boolean): void {
  if (textOnly) localStorage.setItem(KEY, "on");
  else localStorage.removeItem(KEY);
}
