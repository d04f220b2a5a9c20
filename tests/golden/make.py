"""Makes inputs/ and expected/ beside it, by other means than those that are tested: Pillow, LittleCMS (perceptual intent, as libvips) and numpy.

    pip install pillow numpy && python3 make.py

Run by hand, when a case is added; golden.test.ts compares. p3.icc and cmyk.icc are the profiles that sharp brings along
(withIccProfile('p3'), withIccProfile('cmyk'), then metadata().icc), given as arguments: python3 make.py p3.icc cmyk.icc
"""

import io
import os
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageCms

HERE = os.path.dirname(os.path.abspath(__file__))
P3, CMYK = (open(path, "rb").read() for path in sys.argv[1:3])
W, H = 96, 64
SRGB = ImageCms.createProfile("sRGB")


def chart():
    """Hues along the width, light to dark down the height, a row of greys and four plain corners."""
    x, y = np.meshgrid(np.linspace(0, 1, W), np.linspace(0, 1, H))
    hue = x * 6
    ramp = [np.clip(np.abs(hue - 3) - 1, 0, 1), np.clip(2 - np.abs(hue - 2), 0, 1), np.clip(2 - np.abs(hue - 4), 0, 1)]
    pixels = np.stack([255 * (1 - y) * (0.25 + 0.75 * c) for c in ramp], 2)
    pixels[H // 2 - 4 : H // 2 + 4] = (255 * x[:8])[:, :, None]
    for row, column, colour in ((0, 0, (200, 30, 30)), (0, 1, (30, 160, 40)), (1, 0, (30, 50, 190)), (1, 1, (240, 240, 240))):
        pixels[row * (H - 12) : row * (H - 12) + 12, column * (W - 12) : column * (W - 12) + 12] = colour
    return pixels.round().astype(np.uint8)


def save(folder, name, data):
    os.makedirs(os.path.join(HERE, folder), exist_ok=True)
    with open(os.path.join(HERE, folder, name), "wb") as file:
        file.write(data)


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def case(name, data, expected):
    save("inputs", name, data)
    save("expected", name + ".png", encoded(expected, "PNG", optimize=True))


def to_srgb(image, icc, mode="RGB"):
    return ImageCms.profileToProfile(
        image, ImageCms.ImageCmsProfile(io.BytesIO(icc)), SRGB, renderingIntent=ImageCms.Intent.PERCEPTUAL, outputMode=mode
    )


def png_with(data, kind, body):
    """A PNG with one more chunk after its header."""
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return data[:33] + chunk + data[33:]


def png16(samples, colour_type):
    height, width, channels = samples.shape
    rows = b"".join(b"\0" + samples[y].astype(">u2").tobytes() for y in range(height))
    out = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        out += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return out


rgb = chart()
image = Image.fromarray(rgb)
x = np.linspace(0, 1, W)[None, :].repeat(H, 0)
alpha = (255 * (0.2 + 0.8 * x)).round().astype(np.uint8)
rgba = Image.fromarray(np.dstack([rgb, alpha]), "RGBA")
grey = image.convert("L")

jpeg = {"quality": 95, "subsampling": 0}
case("srgb.jpg", encoded(image, "JPEG", **jpeg), image)
case("progressive.jpg", encoded(image, "JPEG", progressive=True, **jpeg), image)
case("grey.jpg", encoded(grey, "JPEG", quality=95), grey.convert("RGB"))
case("p3.jpg", encoded(image, "JPEG", icc_profile=P3, **jpeg), to_srgb(image, P3))
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[274] = orientation
    upright = {
        1: image,
        2: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: image.transpose(Image.Transpose.ROTATE_180),
        4: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: image.transpose(Image.Transpose.TRANSPOSE),
        6: image.transpose(Image.Transpose.ROTATE_270),
        7: image.transpose(Image.Transpose.TRANSVERSE),
        8: image.transpose(Image.Transpose.ROTATE_90),
    }[orientation]
    case(f"orientation-{orientation}.jpg", encoded(image, "JPEG", exif=exif.tobytes(), **jpeg), upright)

# A press's colours: what the profile can print, so that there is one right answer.
soft = Image.fromarray((rgb * 0.5 + 70).astype(np.uint8))
cmyk = ImageCms.profileToProfile(soft, SRGB, ImageCms.ImageCmsProfile(io.BytesIO(CMYK)), renderingIntent=ImageCms.Intent.PERCEPTUAL, outputMode="CMYK")
case("cmyk.jpg", encoded(cmyk, "JPEG", icc_profile=CMYK, quality=97), to_srgb(cmyk, CMYK))

# Ultra HDR: a second image, the gain map, after the first. Viewers that know nothing of it show the first.
case("gain-map.jpg", encoded(image, "JPEG", **jpeg) + encoded(grey.resize((W // 4, H // 4)), "JPEG", quality=80), image)

case("rgb.png", encoded(image, "PNG"), image)
case("alpha.png", encoded(rgba, "PNG"), rgba)
case("p3.png", encoded(image, "PNG", icc_profile=P3), to_srgb(image, P3))
palette = image.quantize(64)
case("palette.png", encoded(palette, "PNG"), palette.convert("RGB"))
case("palette-transparent.png", encoded(palette, "PNG", transparency=0), palette_rgba := Image.open(io.BytesIO(encoded(palette, "PNG", transparency=0))).convert("RGBA"))
bits = grey.convert("1")
case("one-bit.png", encoded(bits, "PNG"), bits.convert("RGB"))
deep = rgb.astype(np.uint16) * 257
case("rgb-16.png", png16(deep, 2), image)
deep_grey = np.dstack([np.asarray(grey).astype(np.uint16) * 257, alpha.astype(np.uint16) * 257])
case("grey-alpha-16.png", png16(deep_grey, 4), Image.merge("LA", (grey, Image.fromarray(alpha))).convert("RGBA"))

case("lossy.webp", encoded(image, "WEBP", quality=95), image)
case("lossless.webp", encoded(image, "WEBP", lossless=True), image)
case("alpha.webp", encoded(rgba, "WEBP", lossless=True), rgba)
case("p3.webp", encoded(image, "WEBP", lossless=True, icc_profile=P3), to_srgb(image, P3))

case("rgb.avif", encoded(image, "AVIF", quality=90, subsampling="4:4:4"), image)
case("alpha.avif", encoded(rgba, "AVIF", quality=90, subsampling="4:4:4"), rgba)
case("p3.avif", encoded(image, "AVIF", quality=90, subsampling="4:4:4", icc_profile=P3), to_srgb(image, P3))

case("palette.gif", encoded(palette, "GIF"), palette.convert("RGB"))
case("transparent.gif", encoded(palette, "GIF", transparency=0), palette_rgba)

case("rgb.tif", encoded(image, "TIFF", compression="tiff_lzw"), image)
case("alpha.tif", encoded(rgba, "TIFF", compression="tiff_deflate"), rgba)
case("grey.tif", encoded(grey, "TIFF"), grey.convert("RGB"))
case("p3.tif", encoded(image, "TIFF", icc_profile=P3), to_srgb(image, P3))
case("pages.tif", encoded(image, "TIFF", save_all=True, append_images=[image.transpose(Image.Transpose.ROTATE_180)]), image)
