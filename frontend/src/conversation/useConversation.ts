import { useEffect, useState, useSyncExternalStore } from "react";
import { fetchProfile } from "@/api/auth";
import { endSession, startSession } from "@/api/sessions";
import { Conversation, type ConversationPorts } from "./conversation";
import { tabSessionStore } from "./sessionStore";
import type { ConversationState } from "./state";
import { readTextOnly } from "./textOnlyStore";

function urlOf(sessionId: string): string {
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${window.location.host}/api/v1/sessions/${encodeURIComponent(sessionId)}/converse`;
}

function realPorts(onReplyAudio: ConversationPorts["onReplyAudio"]): ConversationPorts {
  return {
    startSession,
    endSession,
    urlOf,
    onReplyAudio,
    store: tabSessionStore,
    textOnly: readTextOnly(),
    authorise: async () => (await fetchProfile()) !== null,
  };
}

/** The conversation of this tab. It goes on with the session that the tab had before a reload. */
export function useConversation(
  onReplyAudio: ConversationPorts["onReplyAudio"],
): readonly [Conversation, ConversationState] {
  const [conversation] = useState(() => new Conversation(realPorts(onReplyAudio)));
  useEffect(() => {
    conversation.resume();
    return () => conversation.dispose();
  }, [conversation]);
  useEffect(() => {
    const reconnect = () => {
      if (["reconnecting", "lost"].includes(conversation.getState().connection)) conversation.reconnect();
    };
    window.addEventListener("online", reconnect);
    return () => window.removeEventListener("online", reconnect);
  }, [conversation]);
  return [conversation, useSyncExternalStore(conversation.subscribe, conversation.getState)];
}
