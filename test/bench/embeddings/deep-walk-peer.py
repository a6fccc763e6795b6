"""DeepWalk with gensim on one thread. Prints words per second of processor time as JSON; writes the vectors."""

import json
import sys
import time

import numpy as np
from gensim.models import Word2Vec

folder = sys.argv[1]
settings = json.loads(sys.argv[2])
offsets = np.fromfile(f"{folder}/offsets.u32", dtype="<u4").astype(np.int64)
targets = np.fromfile(f"{folder}/targets.u32", dtype="<u4")
nodes = len(offsets) - 1
random = np.random.default_rng(5)
degrees = np.diff(offsets)


def passes():
    for _ in range(settings["perNode"]):
        steps = [random.permutation(nodes)]
        for _ in range(settings["length"] - 1):
            at = steps[-1]
            drawn = (random.random(nodes) * degrees[at]).astype(np.int64)
            steps.append(targets[offsets[at] + drawn])
        yield from np.stack(steps, axis=1).tolist()


walks = [[str(node) for node in walk] for walk in passes()]
model = Word2Vec(
    vector_size=settings["dimensions"],
    window=settings["window"],
    negative=settings["negatives"],
    alpha=settings["learningRate"],
    sg=1,
    sample=0,
    min_count=0,
    workers=1,
    seed=1,
)
model.build_vocab(walks)
began = time.process_time()
model.train(walks, total_examples=len(walks), epochs=1)
seconds = time.process_time() - began
np.stack([model.wv[str(node)] for node in range(nodes)]).astype("<f4").tofile(f"{folder}/vectors.f32")
print(json.dumps(len(walks) * settings["length"] / seconds))
