"""The SavedModel behind LitServe: python litserve_app.py FOLDER PORT."""

import sys

import litserve
from saved_model_rows import Rows


class Api(litserve.LitAPI):
    def setup(self, device):
        self.rows = Rows(sys.argv[1])

    def decode_request(self, request):
        return request["instances"][0]

    def predict(self, rows):
        return self.rows(rows)

    def encode_response(self, prediction):
        return {"predictions": [prediction]}


if __name__ == "__main__":
    # Waiting a millisecond for a batch of up to 32 is what it does best with, as tried.
    api = Api(max_batch_size=32, batch_timeout=0.001)
    litserve.LitServer(api, accelerator="cpu", workers_per_device=1, timeout=60).run(
        host="127.0.0.1",
        port=int(sys.argv[2]),
        num_api_servers=1,
        log_level="warning",
        generate_client_file=False,
        access_log=False,
    )
