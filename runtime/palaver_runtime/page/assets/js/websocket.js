/** A bare WebSocket whose frames are noted, which connects again, and which can be cut. */
const AGAIN = 1000;
/** Speak JSON frames, told apart by their `type`. `address` is made anew for each connection; `take` gets what comes. */
export function line({ log, tell }, address, take) {
    let wanted = false;
    let socket;
    async function connect() {
        tell({ kind: "link", link: "connecting" });
        let url;
        try {
            url = await address();
        }
        catch {
            retry();
            return;
        }
        if (!wanted)
            return;
        const mine = new WebSocket(url);
        socket = mine;
        mine.addEventListener("message", ({ data }) => {
            const frame = JSON.parse(data);
            log.add("in", frame.type, data);
            take(frame);
        });
        mine.addEventListener("close", ({ code, reason }) => {
            // The next one may be open already.
            if (socket !== mine)
                return;
            socket = undefined;
            log.add("note", wanted ? "connection lost" : "connection cut", `${code} ${reason}`.trim());
            tell({ kind: "link", link: wanted ? "lost" : "cut" });
            retry();
        });
    }
    function retry() {
        if (wanted)
            setTimeout(() => wanted && !socket && void connect(), AGAIN);
    }
    function end() {
        wanted = false;
        socket?.close();
    }
    return {
        send(frame) {
            if (socket?.readyState !== WebSocket.OPEN)
                throw new Error("there is no connection");
            const text = JSON.stringify(frame);
            log.add("out", frame.type, text);
            socket.send(text);
        },
        cut: end,
        mend: () => {
            wanted = true;
            void connect();
        },
        close: () => {
            end();
            socket = undefined;
        },
    };
}
