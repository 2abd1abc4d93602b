#!/usr/bin/env python3
"""A speech engine behind proto/speech.proto, to be read and to be started from.

    server.py --listen 127.0.0.1:50051 -- program and arguments
    server.py --listen 127.0.0.1:50051 --module sense_voice.py

The program reads one WAV from its standard input and writes what it understood to its standard output, as text;
{language}, {hot_words} and {wav} in its arguments are filled in. A module is loaded once, with its model, and has a function
recognise(pcm, language, hot_words): samples of 16 bits at 16 kHz as bytes, "en" or "zh", a list of words; it gives text.
Debian: python3-grpcio python3-protobuf protobuf-compiler.
"""

import argparse
import concurrent.futures
import importlib
import importlib.util
import io
import pathlib
import subprocess
import sys
import tempfile
import wave

import grpc

RATE = 16_000
PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"


def messages():
    """The classes of speech.proto, made where the server starts: no generated code to keep."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["protoc", f"--proto_path={PROTO}", f"--python_out={folder}", "speech.proto"], check=True)
        sys.path.insert(0, folder)
        return importlib.import_module("speech_pb2")


speech = messages()


def wav(pcm):
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm)
    return file.getvalue()


def recognise(program, request, seconds):
    """Text of the request's sound."""
    values = {"{language}": request.language, "{hot_words}": ",".join(request.hot_words), "{wav}": "/dev/stdin"}
    arguments = [values.get(argument, argument) for argument in program]
    done = subprocess.run(arguments, input=wav(request.pcm), capture_output=True, timeout=seconds, check=True)
    return done.stdout.decode("utf-8").strip()


def load(path):
    """The function of a file of Python; its model is loaded with it, before the server says that it listens."""
    spec = importlib.util.spec_from_file_location("recogniser", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda request, _seconds: module.recognise(request.pcm, request.language, list(request.hot_words)).strip()


def transcribe(recogniser):
    def handler(request, context):
        if len(request.pcm) % 2:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "half a sample")
        try:
            text = recogniser(request, context.time_remaining())
        except subprocess.TimeoutExpired:
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "too slow")
        except Exception as fault:  # whatever a recogniser throws, the server goes on
            # Its class, not its text: that may be what was said.
            context.abort(grpc.StatusCode.INTERNAL, type(fault).__name__)
        answer = speech.TranscribeResponse(language=request.language)
        if text:
            answer.segments.add(text=text, start_ms=0, end_ms=len(request.pcm) // 2 * 1000 // RATE)
        return answer

    return handler


def main():
    parser = argparse.ArgumentParser(description="a speech engine for Ringdesk")
    parser.add_argument("--listen", default="127.0.0.1:50051")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--module", help="a file of Python with a function recognise(pcm, language, hot_words)")
    parser.add_argument("program", nargs="*")
    options = parser.parse_args()
    if bool(options.module) == bool(options.program):
        parser.error("a module or a program, and not both")
    if options.module:
        recogniser = load(options.module)
    else:
        recogniser = lambda request, seconds: recognise(options.program, request, seconds)
    pool = concurrent.futures.ThreadPoolExecutor(options.at_once)
    # Who finds all places taken and some waiting is told so, not kept waiting.
    server = grpc.server(pool, maximum_concurrent_rpcs=4 * options.at_once)
    method = grpc.unary_unary_rpc_method_handler(
        transcribe(recogniser),
        request_deserializer=speech.TranscribeRequest.FromString,
        response_serializer=speech.TranscribeResponse.SerializeToString,
    )
    handlers = grpc.method_handlers_generic_handler("ringdesk.speech.v1.Recogniser", {"Transcribe": method})
    server.add_generic_rpc_handlers((handlers,))
    port = server.add_insecure_port(options.listen)
    server.start()
    print(f"listening on port {port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
