"""A laboratory's own developer: has python-hl7 and nothing of Holdpoint. Sends messages to the listener, prints what it heard."""

import json
import sys

import hl7
from hl7.client import MLLPClient


def main():
    told = json.load(sys.stdin)
    host, port = told["address"].rsplit(":", 1)
    heard = []
    with MLLPClient(host, int(port)) as client:
        for message in told["messages"]:
            answer = hl7.parse(client.send_message(message).decode().strip("\x0b\x1c\r"))
            msa = answer.segment("MSA")
            heard.append([str(msa[1]), str(msa[2])])
    print(json.dumps(heard))


if __name__ == "__main__":
    main()
