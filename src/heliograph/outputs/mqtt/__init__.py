"""MQTT: retained topics that anybody can read, and Home Assistant told by itself what there is."""

from heliograph.outputs.mqtt.link import Options
from heliograph.outputs.mqtt.output import Mqtt

__all__ = ["Mqtt", "Options"]
