#!/usr/bin/env python3
"""Writes modbus_frames.txt: requests and replies of Modbus RTU as pymodbus frames them, for the test beside it.

Not run by the tests. To write the file anew:  pip install pymodbus==3.16.1 && python3 modbus_frames.py > modbus_frames.txt
"""

import random

import pymodbus
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU, ExceptionResponse
from pymodbus.pdu.bit_message import ReadDiscreteInputsRequest, ReadDiscreteInputsResponse
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest, ReadHoldingRegistersResponse, ReadInputRegistersRequest, ReadInputRegistersResponse,
    WriteMultipleRegistersRequest, WriteMultipleRegistersResponse, WriteSingleRegisterRequest, WriteSingleRegisterResponse,
)

SEED = 7
random.seed(SEED)
framer = FramerRTU(DecodePDU(False))


def frame(pdu):
    return framer.buildFrame(pdu).hex()


def words(count):
    return [random.randrange(65536) for _ in range(count)]


def line(name, unit, address, data, request, reply, meant):
    print(name, unit, address, data, frame(request), frame(reply), meant)


print(f"# pymodbus {pymodbus.__version__}, seed {SEED}. name unit address count-or-values request reply what-the-reply-means")
for _ in range(40):
    unit, address, count = random.randint(1, 247), random.randrange(65536 - 64), random.randint(1, 64)
    values = words(count)
    hexed = ",".join(f"{value:04x}" for value in values)
    line("holding", unit, address, count,
         ReadHoldingRegistersRequest(dev_id=unit, address=address, count=count),
         ReadHoldingRegistersResponse(dev_id=unit, registers=values), hexed)
    line("registers", unit, address, count,
         ReadInputRegistersRequest(dev_id=unit, address=address, count=count),
         ReadInputRegistersResponse(dev_id=unit, registers=values), hexed)
    line("write", unit, address, f"{values[0]:04x}",
         WriteSingleRegisterRequest(dev_id=unit, address=address, registers=[values[0]]),
         WriteSingleRegisterResponse(dev_id=unit, address=address, registers=[values[0]]), "written")
    line("write_all", unit, address, hexed,
         WriteMultipleRegistersRequest(dev_id=unit, address=address, registers=values),
         WriteMultipleRegistersResponse(dev_id=unit, address=address, count=count), "written")
    bits = [random.random() < 0.5 for _ in range(8 * random.randint(1, 4))]
    packed = bytes(sum(bit << at for at, bit in enumerate(bits[first:first + 8])) for first in range(0, len(bits), 8))
    line("inputs", unit, address, len(bits),
         ReadDiscreteInputsRequest(dev_id=unit, address=address, count=len(bits)),
         ReadDiscreteInputsResponse(dev_id=unit, bits=bits), packed.hex())
    code = random.randint(1, 11)
    line("registers", unit, address, count,
         ReadInputRegistersRequest(dev_id=unit, address=address, count=count),
         ExceptionResponse(4, exception_code=code, device_id=unit), f"exception{code}")
