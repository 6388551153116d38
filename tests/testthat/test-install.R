test_that("what is installed fits the machine", {
  expect_equal(install_packages(FALSE, "1.28")[-1], c("keras>=3.7", "numpy<2"))
  expect_equal(install_packages(TRUE, "1.41")[-1], c("keras>=3.7", "numpy"))

  tensorflow <- function(gpu, sysname, machine) {
    install_packages(gpu, platform = c(sysname = sysname, machine = machine))[[1]]
  }
  expect_equal(tensorflow(FALSE, "Linux", "x86_64"), "tensorflow-cpu>=2.16")
  expect_equal(tensorflow(FALSE, "Linux", "aarch64"), "tensorflow>=2.16")
  expect_equal(tensorflow(FALSE, "Darwin", "arm64"), "tensorflow>=2.16")
  expect_equal(tensorflow(FALSE, "Windows", "x86-64"), "tensorflow-cpu>=2.16")
  expect_equal(tensorflow(TRUE, "Linux", "x86_64"), "tensorflow[and-cuda]>=2.16")
  expect_equal(tensorflow(TRUE, "Linux", "aarch64"), "tensorflow>=2.16")
  expect_equal(tensorflow(TRUE, "Darwin", "arm64"), "tensorflow>=2.16")
  expect_equal(tensorflow(TRUE, "Windows", "x86-64"), "tensorflow>=2.16")
})

test_that("the report says what was found", {
  skip_if_no_python()
  expect_message(found <- lossbridge_sitrep(), "ready")
  expect_true(all(c("python", "tensorflow", "keras", "device") %in% names(found)))
  expect_equal(found$lossbridge, as.character(packageVersion("lossbridge")))
})

test_that("a Python that can make no environment is refused", {
  skip_on_os("windows")
  folder <- withr::local_tempdir()
  works <- file.path(folder, "works")
  fails <- file.path(folder, "fails")
  writeLines(c("#!/bin/sh", "exit 0"), works)
  writeLines(c("#!/bin/sh", "exit 1"), fails)
  Sys.chmod(c(works, fails), "755")
  expect_equal(starter_python(works), works)
  error <- expect_error(starter_python(fails), class = "lossbridge_input_error")
  expect_equal(error$argument, "python")
  withr::local_envvar(WORKON_HOME = folder)
  expect_error(install_lossbridge("new", python = file.path(folder, "none")), "Tried in vain")
  expect_false(reticulate::virtualenv_exists("new"))
})

test_that("an environment is not replaced unasked", {
  folder <- file.path(withr::local_tempdir(), "r-lossbridge")
  withr::local_envvar(WORKON_HOME = dirname(folder))
  dir.create(file.path(folder, "bin"), recursive = TRUE)
  # by these files reticulate knows a virtual environment
  files <- c("pyvenv.cfg", "bin/activate", "bin/activate_this.py", "bin/python")
  file.create(file.path(folder, files))
  expect_true(reticulate::virtualenv_exists("r-lossbridge"))
  expect_snapshot(print_conditions(install_lossbridge()))
})

test_that("without TensorFlow it is said what is missing, and what to do", {
  skip_if_no_python()
  skip_on_cran() # another R
  folder <- withr::local_tempdir()
  writeLines("raise ImportError('not here')", file.path(folder, "tensorflow.py"))
  withr::local_envvar(PYTHONPATH = folder, RETICULATE_PYTHON = reticulate::py_exe())
  output <- paste(collapse = "\n", new_session(c(
    "library(lossbridge)",
    "error <- tryCatch(loss_hinge(1, 1), error = identity)",
    "cat(class(error)[[1]], conditionMessage(error), lossbridge_available(), '', sep = '\n')",
    "cat(capture.output(lossbridge_sitrep(), type = 'message'), sep = '\n')"
  )))
  expect_match(output, "^lossbridge_no_python")
  expect_match(output, "computes with TensorFlow, which is not installed\\s+here\\.")
  expect_match(output, "install_lossbridge\\(\\).* makes a new environment")
  expect_match(output, "\nFALSE\n", fixed = TRUE)
  expect_match(output, "Python package tensorflow could not be loaded", fixed = TRUE)
  expect_match(output, "The losses cannot be used: ImportError", fixed = TRUE)
})

test_that("a NumPy that reticulate cannot read is named", {
  expect_null(numpy_problem("1.26.4", package_version("1.28")))
  expect_null(numpy_problem("2.1.0", package_version("1.41.0")))
  expect_null(numpy_problem(NULL, package_version("1.28")))
  expect_equal(
    numpy_problem("2.1.0", package_version("1.28")),
    paste0(
      "reticulate 1.28 cannot read the arrays of NumPy 2.1.0. ",
      "Install \"numpy<2\" into this Python, or a newer reticulate."
    )
  )
})
