#!/usr/bin/env python3
"""Reads the event files that the library wrote with the `tensorboard` package: numbers, pictures, texts, the resume.

    event_logs.py TEST_BINARY

TEST_BINARY (test_report) writes them. Returns 77 where tensorboard, Pillow or NumPy is missing.
"""
import io
import os
import subprocess
import sys
import tempfile

try:
    import numpy
    from PIL import Image
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util import tensor_util
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], "[.events]"], check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, CSPGAN_EVENTS_FOLDER=folder))
        log = EventAccumulator(folder, size_guidance={"scalars": 0, "images": 0, "tensors": 0})
        log.Reload()
        tags = log.Tags()
        assert sorted(tags["scalars"]) == ["far", "loss/d"], tags
        assert tags["images"] == ["samples"], tags
        assert tags["tensors"] == ["recipe"], tags

        # Steps 6 and later of the first file are gone, since the run was resumed there.
        assert log.Scalars("far") == [], log.Scalars("far")
        scalars = [(event.step, event.value) for event in log.Scalars("loss/d")]
        expected = [(step, numpy.float32(1 / step)) for step in range(1, 6)] + [(step, 100 + step) for step in (6, 7, 8)]
        assert scalars == expected, scalars

        image, = log.Images("samples")
        assert (image.step, image.width, image.height) == (8, 5, 4), image
        pixels = numpy.asarray(Image.open(io.BytesIO(image.encoded_image_string)))
        written = (numpy.arange(3 * 4 * 5) * 4).astype(numpy.uint8).reshape(3, 4, 5).transpose(1, 2, 0)
        assert (pixels == written).all()

        text, = log.Tensors("recipe")
        assert tensor_util.make_ndarray(text.tensor_proto)[0].decode() == '    {"name": "ünïcode"}'
        assert log.SummaryMetadata("recipe").plugin_data.plugin_name == "text"
    print("tensorboard reads what was written")


if __name__ == "__main__":
    main()
