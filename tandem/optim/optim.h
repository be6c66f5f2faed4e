// All optimizers and schedules in one include.
#pragma once
#include "tandem/optim/adadelta.h"
#include "tandem/optim/adagrad.h"
#include "tandem/optim/adam.h"
#include "tandem/optim/averaged_model.h"
#include "tandem/optim/clip_grad.h"
#include "tandem/optim/lr_scheduler.h"
#include "tandem/optim/rmsprop.h"
#include "tandem/optim/sgd.h"
#include "tandem/optim/training_state.h"
