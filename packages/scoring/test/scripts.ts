/** Entry scripts for tests, named after what they do. */

const noInit = 'def init():\n    pass\n'

export const doubles = `
import json
def init():
    global factor
    factor = 2
def run(data):
    return {"result": [factor * x for x in json.loads(data)["data"]]}
`

export const echoes = `${noInit}
def run(data):
    return data
`

export const printsAndEchoes = `${noInit}
import sys
def run(data):
    print("scoring", data)
    print("worse", data, file=sys.stderr)
    return data
`

/** What \`run\` does is the text it is sent: \`raise\`, \`exit\`, \`die\`, \`loop\`, \`sleep 0.1\`, \`set\`, or an echo. */
export const obeys = `${noInit}
import os, sys, time
def run(data):
    if data == "raise":
        raise ValueError("secret detail")
    if data == "exit":
        sys.exit(1)
    if data == "die":
        os._exit(9)
    if data == "loop":
        while True:
            pass
    if data == "catch":
        while True:
            try:
                while True:
                    pass
            except TimeoutError:
                pass
    if data.startswith("sleep "):
        print(data)
        time.sleep(float(data[6:]))
    if data == "set":
        return {1, 2}
    if data == "none":
        return None
    return data
`

export const reversesBytes = `${noInit}
from azureml.contrib.services.aml_request import AMLRequest, rawhttp
from azureml.contrib.services.aml_response import AMLResponse
@rawhttp
def run(request):
    if request.method == "GET":
        return AMLResponse(bytes(request.full_path, "utf-8"), 200)
    if request.method == "POST":
        return AMLResponse(bytes(reversed(request.get_data(False))), 201, {"X-Kind": "reversed", "Content-Type": "image/png"})
    if request.method == "OPTIONS":
        return AMLResponse("", 200, {"Access-Control-Allow-Origin": "*"})
    return AMLResponse("bad request", 500)
`

export const showsHeaders = `${noInit}
def run(data, request_headers):
    return [data, request_headers.get("X-Custom")]
`

/** Returns its own name, to tell versions apart. */
export function answers(name: string): string {
  return `${noInit}
def run(data):
    return ${JSON.stringify(name)}
`
}
