import { type FormEvent, type KeyboardEvent, useState } from "react";
import { FormField } from "@/components/form/FormField";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/textarea";

/** As the contract has it, in characters. */
const MAX_LENGTH = 5000;

interface TypeInsteadProps {
  /** A reply is being thought of: wait for it. */
  busy: boolean;
  onSend: (text: string) => void;
}

export function TypeInstead({ busy, onSend }: TypeInsteadProps) {
  const [text, setText] = useState("");
  const ready = !busy && text.trim() !== "";

  function send() {
    if (!ready) return;
    onSend(text.trim());
    setText("");
  }

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    send();
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  return (
    <form onSubmit={onSubmit} className="flex items-end gap-2">
      <div className="grow">
        <FormField label="Type instead">
          {(control) => (
            <Textarea
              {...control}
              rows={2}
              maxLength={MAX_LENGTH}
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={onKeyDown}
            />
          )}
        </FormField>
      </div>
      <Button type="submit" disabled={!ready}>
        Send
      </Button>
    </form>
  );
}
