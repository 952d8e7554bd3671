"""What other OCR engines made of a return: plain and Markdown transcripts, hOCR, ALTO, PAGE, and the JSON of services.

Each format has a small reader that gives the one neutral record, `engine_output.EngineOutput`; `recognize` tells by
content which reader a file is for. A key or element that is not as its specification has it is passed over: what comes
from other programs is never trusted to be whole.
"""
