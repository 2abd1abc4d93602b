"""SenseVoice by sherpa-onnx (Mandarin, Cantonese, English, Japanese, Korean; Apache-2.0, the weights under their own licence).

    pip install sherpa-onnx numpy
    SENSE_VOICE=/srv/sense-voice server.py --module sense_voice.py

The folder holds model.int8.onnx (or model.onnx) and tokens.txt, from the releases of k2-fsa/sherpa-onnx (asr-models).
"""

import os
import pathlib

import numpy
import sherpa_onnx

FOLDER = pathlib.Path(os.environ["SENSE_VOICE"])
MODEL = next(f for f in (FOLDER / "model.int8.onnx", FOLDER / "model.onnx") if f.is_file())
RATE = 16_000


def make(language):
    return sherpa_onnx.OfflineRecognizer.from_sense_voice(
        model=str(MODEL),
        tokens=str(FOLDER / "tokens.txt"),
        num_threads=int(os.environ.get("THREADS", "1")),
        language=language,
        use_itn=True,
    )


# One for each language: it is told, and not guessed from two seconds of telephone.
RECOGNISERS = {language: make(language) for language in ("zh", "en")}


def recognise(pcm, language, hot_words):
    """Hot words are no part of this model."""
    recogniser = RECOGNISERS[language]
    stream = recogniser.create_stream()
    stream.accept_waveform(RATE, numpy.frombuffer(pcm, dtype="<i2").astype("float32") / 32768)
    recogniser.decode_stream(stream)
    return stream.result.text
