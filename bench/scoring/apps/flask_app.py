"""Flask: JSON in, JSON out."""

from flask import Flask, jsonify, request
from score import answer

app = Flask(__name__)


@app.post("/score")
def score():
    return jsonify(answer(request.get_json()))
