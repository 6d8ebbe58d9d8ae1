import type { MicrophoneStatus } from "@/audio/useMicrophone";
import { Alert } from "@/components/ui/alert";

const HELP: Partial<Record<MicrophoneStatus, string>> = {
  denied:
    "Your browser does not let us use the microphone. That is fine: you can type instead. To speak, allow the microphone in the address bar and press the button again.",
  missing: "We cannot find a microphone. You can type instead, or plug one in and press the button again.",
  busy: "The microphone did not start; another program may be using it. You can type instead, or try again.",
  unsupported:
    "This browser cannot record here. Speaking needs a recent browser and a secure (https) address. You can type instead.",
};

export function MicrophoneHelp({ status }: { status: MicrophoneStatus }) {
  const help = HELP[status];
  return help ? <Alert role="alert">{help}</Alert> : null;
}
