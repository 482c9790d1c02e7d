# SPDX-License-Identifier: AGPL-3.0-or-later
"""From pixels to detections: model package, letterbox, inference, decoding.

Importing this package is cheap: OpenVINO and ONNX Runtime are loaded only when a session of theirs is made.
"""
