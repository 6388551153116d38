"""Exit with a reason if this Python cannot carry TensorFlow, reticulate and rpy2.

Runs under Pythons of unknown age: keep it to what Python 2 can parse.
"""

import os
import sys

if not (3, 10) <= sys.version_info[:2] <= (3, 13):
    if not (os.environ.get("LOSSBRIDGE_PYTHON") and sys.version_info >= (3, 14)):
        sys.exit("Python 3.10 to 3.13 is needed, this is %d.%d" % sys.version_info[:2])

import sysconfig

lacking = []
for module in ("bz2", "ctypes", "lzma", "ssl", "zlib", "venv", "ensurepip"):
    try:
        __import__(module)
    except ImportError:
        lacking.append("module " + module)

# R loads Python into its own process, so Python has to exist as a shared library.
get = sysconfig.get_config_var
names = [n for n in (get("INSTSONAME"), get("LDLIBRARY")) if n and not n.endswith(".a")]
libdir = get("LIBDIR") or ""
folders = [
    libdir,
    os.path.join(libdir, get("MULTIARCH") or ""),
    os.path.join(sys.base_prefix, "lib"),
]
found = any(os.path.exists(os.path.join(d, n)) for d in folders for n in names)
if not (found or get("PYTHONFRAMEWORK") or os.name == "nt"):
    lacking.append("shared libpython")

# rpy2 is compiled against Python's headers.
if not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")):
    lacking.append("headers (Python.h)")

if lacking:
    sys.exit("it lacks: " + ", ".join(lacking))
