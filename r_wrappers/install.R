#' Set up Python for lossbridge
#'
#' @description
#' `install_lossbridge()` makes a new virtual environment with TensorFlow, Keras 3 and
#' what else the losses need, in versions that fit the installed reticulate. reticulate finds it by
#' its name. No existing environment is changed: one of the same name is an error, unless `new_env =
#' TRUE` says to replace it.
#'
#' It is not needed where reticulate (1.41 or later) provides Python itself, or where you have
#' chosen a Python with TensorFlow, by `RETICULATE_PYTHON`, [reticulate::use_virtualenv()] or
#' [reticulate::use_condaenv()].
#'
#' `lossbridge_sitrep()` says what is there: Python, the packages it has, the device that TensorFlow
#' computes on, and what to do if something is missing.
#'
#' `lossbridge_available()` tells whether the losses can be used: whether there is a Python with
#' TensorFlow.
#'
#' @param envname The name of the environment.
#' @param gpu Whether to install TensorFlow with CUDA. `NA` for yes where an NVIDIA driver is found.
#' @param new_env Whether to remove an environment of this name first.
#' @param python The Python to make the environment with; `NULL` for the first of 3.10 or later that
#'   can: reticulate's choice, or one on the path.
#'
#' @return `install_lossbridge()` gives the path of the environment's Python, `lossbridge_sitrep()`
#'   a list of what was found, both invisibly; `lossbridge_available()` `TRUE` or `FALSE`.
#'
#' @section Errors:
#' Of class `lossbridge_error`, if the environment exists and `new_env` is not `TRUE`, or if there
#' is no Python to make it with.
#'
#' @examples
#' \dontrun{
#' install_lossbridge()
#' lossbridge_sitrep()
#' }
#' lossbridge_available()
#' @export
install_lossbridge <- function(envname = "r-lossbridge", gpu = NA, new_env = FALSE, python = NULL) {
  call <- environment()
  exists <- reticulate::virtualenv_exists(envname)
  if (exists && !isTRUE(new_env)) {
    abort(
      c(
        "The virtual environment {.val {envname}} exists.",
        i = "Use it by {.code reticulate::use_virtualenv(\"{envname}\")}.",
        i = "Make it anew by {.code install_lossbridge(new_env = TRUE)}, or give another \\
             {.arg envname}."
      ),
      call
    )
  }
  python <- starter_python(python, call)
  if (exists) reticulate::virtualenv_remove(envname, confirm = FALSE)
  if (is.na(gpu)) gpu <- nzchar(Sys.which("nvidia-smi"))
  cli::cli_alert_info("Making the environment {.val {envname}}.")
  reticulate::virtualenv_create(envname, python = python, packages = install_packages(gpu))
  cli::cli_alert_success("Restart R, and then {.code library(lossbridge)}.")
  invisible(reticulate::virtualenv_python(envname))
}

#' A Python that can make an environment and install into it
#' @noRd
starter_python <- function(python, call = caller_env()) {
  candidates <- python
  if (is.null(python)) {
    found <- if ("virtualenv_starter" %in% getNamespaceExports("reticulate")) {
      getExportedValue("reticulate", "virtualenv_starter")(">=3.10")
    }
    candidates <- c(found, Sys.which(c("python3", "python")), "/usr/bin/python3")
  }
  candidates <- unique(candidates[nzchar(candidates)])
  # Debian's Python has neither ensurepip nor pip, which newer reticulate asks for, of itself. One
  # that is not built for the libraries that R brings along may find no ssl, and downloads nothing.
  check <- "import sys, ssl, ensurepip, pip; sys.exit(sys.version_info < (3, 10))"
  for (candidate in candidates) {
    status <- suppressWarnings(
      system2(candidate, c("-c", shQuote(check)), stdout = FALSE, stderr = FALSE)
    )
    if (status == 0) {
      return(candidate)
    }
  }
  abort(
    c(
      "{.arg python} must be a Python of 3.10 or later that can make an environment.",
      x = if (length(candidates)) "Tried in vain: {.file {candidates}}.",
      i = "It needs ssl, venv and pip: on Debian and Ubuntu, install python3-venv and python3-pip.",
      i = "{.run reticulate::install_python()} makes one."
    ),
    call,
    "lossbridge_input_error",
    argument = "python"
  )
}

#' What to install, for the installed reticulate
#' @noRd
install_packages <- function(
    gpu,
    reticulate_version = utils::packageVersion("reticulate"),
    platform = Sys.info()) {
  # The same as the extras cpu and gpu of pyproject.toml: not all platforms have all wheels.
  windows <- platform[["sysname"]] == "Windows"
  linux_x86 <- platform[["sysname"]] == "Linux" && platform[["machine"]] == "x86_64"
  tensorflow <- if (isTRUE(gpu) && linux_x86) {
    "tensorflow[and-cuda]>=2.16"
  } else if (!isTRUE(gpu) && (linux_x86 || windows)) {
    "tensorflow-cpu>=2.16"
  } else {
    "tensorflow>=2.16"
  }
  numpy <- if (reads_numpy_2(reticulate_version)) "numpy" else "numpy<2"
  c(tensorflow, "keras>=3.7", numpy)
}

reads_numpy_2 <- function(reticulate_version) reticulate_version >= "1.39"

#' What keeps reticulate from the arrays of Python, or NULL
#' @noRd
numpy_problem <- function(numpy, reticulate_version = utils::packageVersion("reticulate")) {
  major <- as.integer(sub("[.].*", "", numpy %||% "0"))
  if (major < 2 || reads_numpy_2(reticulate_version)) {
    return(NULL)
  }
  paste0(
    "reticulate ", reticulate_version, " cannot read the arrays of NumPy ", numpy,
    ". Install \"numpy<2\" into this Python, or a newer reticulate."
  )
}

#' @rdname install_lossbridge
#' @export
lossbridge_available <- function() {
  if (the$ready) {
    return(TRUE)
  }
  # R CMD check must not make reticulate download a Python.
  checked <- nzchar(Sys.getenv("_R_CHECK_PACKAGE_NAME_"))
  if (checked && !nzchar(Sys.getenv("RETICULATE_PYTHON"))) {
    return(FALSE)
  }
  tryCatch(
    {
      py_module()
      TRUE
    },
    error = function(e) FALSE
  )
}

#' @rdname install_lossbridge
#' @export
lossbridge_sitrep <- function() {
  found <- list(
    lossbridge = as.character(utils::packageVersion("lossbridge")),
    r = paste(R.version$major, R.version$minor, sep = "."),
    reticulate = as.character(utils::packageVersion("reticulate"))
  )
  report("lossbridge", found$lossbridge)
  report("R", paste0(found$r, ", reticulate ", found$reticulate))

  config <- tryCatch(reticulate::py_config(), error = function(e) NULL)
  if (is.null(config)) {
    cli::cli_alert_danger("No Python was found.")
    cli::cli_alert_info("Run {.run lossbridge::install_lossbridge()}.")
    return(invisible(found))
  }
  found$python <- config$python
  report("Python", paste0(config$version_string %||% config$version, " at ", config$python))

  for (module in c("numpy", "tensorflow", "keras", "tf_keras")) {
    version <- tryCatch(
      as_r(reticulate::import(module, convert = FALSE)$`__version__`),
      error = function(e) NULL
    )
    found[[module]] <- version
    if (!is.null(version)) {
      report(module, version)
    } else if (module != "tf_keras") { # only for old models
      cli::cli_alert_danger("Python package {.pkg {module}} could not be loaded.")
    }
  }
  problem <- numpy_problem(found$numpy)
  if (!is.null(problem)) {
    cli::cli_alert_danger("The losses cannot be used: {problem}")
    return(invisible(found))
  }
  error <- tryCatch(
    {
      py_module()
      NULL
    },
    error = identity
  )
  if (!is.null(error)) {
    cli::cli_alert_danger("The losses cannot be used: {error$reason}")
    cli::cli_alert_info(
      "Install {.pkg tensorflow} and {.pkg keras} into this Python, or run \\
       {.run lossbridge::install_lossbridge()} and restart R."
    )
    return(invisible(found))
  }
  tf <- reticulate::import("tensorflow")
  gpus <- tf$config$list_physical_devices("GPU")
  found$device <- if (length(gpus) > 0) "GPU" else "CPU"
  report("Device", if (length(gpus) > 0) paste(length(gpus), "GPU") else "CPU")
  found$semantics <- get_semantics()
  report("Semantics", found$semantics)
  cli::cli_alert_success("The losses are ready.")
  invisible(found)
}

report <- function(what, value) {
  cli::cli_alert_info("{what}: {.val {value}}")
}
