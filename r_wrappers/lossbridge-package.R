#' @keywords internal
#' @importFrom rlang %||% .data caller_env
"_PACKAGE"

#' Python modules the package needs
#' @noRd
python_requirements <- c("tensorflow>=2.16", "keras>=3.7")

# What is found once per session: the Python module, its functions, whether it was set up.
the <- new.env(parent = emptyenv())
the$module <- NULL
the$ready <- FALSE
the$loading <- FALSE
the$functions <- list()
the$values <- list()
the$never_missing <- NULL # the losses of which no label may be
the$told <- FALSE # of functions that are masked

.onLoad <- function(libname, pkgname) {
  the$functions <- list()
  the$values <- list()
  the$never_missing <- NULL
  the$ready <- FALSE
  require_python()
  if (!reticulate::py_available(initialize = FALSE)) {
    the$module <- import_core(delay_load = TRUE)
  }
  # A saved model names its loss "lossbridge>hinge": Python must know the name whenever Keras reads
  # a model, whether or not a loss was used in this session.
  for (library in c("keras", "tf_keras")) {
    setHook(paste0("reticulate::", library, "::load"), function(...) load_core())
    if (python_has_loaded(library)) load_core()
  }
}

#' Tell reticulate what to provide where it provides Python itself
#' @noRd
require_python <- function() {
  if (!"py_require" %in% getNamespaceExports("reticulate")) {
    return(invisible())
  }
  py_require <- getExportedValue("reticulate", "py_require")
  # keras3 asks for tensorflow-cpu or tensorflow[and-cuda]; two of them would be one module twice.
  if (any(grepl("^tensorflow", py_require()$packages))) {
    py_require("keras>=3.7")
  } else {
    py_require(python_requirements)
  }
  invisible()
}

#' The Python core that comes with this package, even where another one is installed
#' @noRd
import_core <- function(delay_load = FALSE, convert = TRUE) {
  reticulate::import_from_path(
    "lossbridge",
    path = system.file("python", package = "lossbridge"),
    convert = convert,
    delay_load = delay_load
  )
}

#' Load the core if that is possible, silently
#' @noRd
load_core <- function() {
  if (the$loading) { # Keras is being loaded by the core itself
    return(invisible())
  }
  tryCatch(py_module(), error = function(e) NULL)
  invisible()
}

python_has_loaded <- function(module) {
  if (!reticulate::py_available(initialize = FALSE)) {
    return(FALSE)
  }
  modules <- reticulate::import("sys", convert = FALSE)$modules
  !is.null(reticulate::py_to_r(modules$get(module)))
}
